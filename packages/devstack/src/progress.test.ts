import path from 'node:path';
import { homedir } from 'node:os';
import { cacheDir } from './locations';
import { saysPortTaken } from './ports';
import { messageOf, withProgress } from './progress';
import { environmentFor } from './supervised';

describe('platform: a progress line in every wait of over two seconds', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  test('the first line comes after two seconds, more follow, and none after the end', async () => {
    const lines: string[] = [];
    let finish!: () => void;
    const done = withProgress({
      log: (line) => lines.push(line),
      describe: (seconds) => `${seconds} s`,
      work: new Promise<void>((resolve) => (finish = resolve)),
    });
    await jest.advanceTimersByTimeAsync(1_999);
    expect(lines).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(lines).toEqual(['2 s']);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(lines).toEqual(['2 s', '7 s', '12 s']);
    finish();
    await done;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(lines).toHaveLength(3);
  });

  test('a failure passes through', async () => {
    const work = Promise.reject(new Error('why'));
    await expect(withProgress({ log: () => {}, describe: String, work })).rejects.toThrow('why');
  });
});

test('platform, embedded stack: what is kept lies in the user`s cache folder', () => {
  const inHome = path.join(homedir(), '.cache', 'temporal-tenants');
  expect(cacheDir({ XDG_CACHE_HOME: '/var/caches' })).toBe(path.join('/var/caches', 'temporal-tenants'));
  expect(cacheDir({})).toBe(inHome);
  expect(cacheDir({ XDG_CACHE_HOME: 'relative' })).toBe(inHome);
  expect(cacheDir({ XDG_CACHE_HOME: '' })).toBe(inHome);
});

test('the errors of a taken port are told from others', () => {
  expect(saysPortTaken('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use')).toBe(true);
  expect(saysPortTaken("Error: can't set frontend port 7233: listen tcp 127.0.0.1:7233")).toBe(true);
  expect(saysPortTaken('FATAL:  data directory has wrong ownership')).toBe(false);
});

test('settings of the shell that would change a server are kept from it', () => {
  const env = { PATH: '/bin', TEMPORAL_NAMESPACE: 'other', TEMPORAL_ADDRESS: 'far:7233', HOME: '/home/me' };
  expect(environmentFor({ env, drop: /^TEMPORAL_/, set: { TZ: 'UTC' } })).toEqual({
    PATH: '/bin',
    HOME: '/home/me',
    TZ: 'UTC',
  });
});

test('an error of several causes says them all', () => {
  expect(messageOf(new AggregateError([new Error('one'), new Error('two')]))).toBe('one; two');
  expect(messageOf('text')).toBe('text');
});
