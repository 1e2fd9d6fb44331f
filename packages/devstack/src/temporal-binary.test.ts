import { readFileSync } from 'node:fs';
import path from 'node:path';
import { packageDir } from './locations';
import { cliVersion, firstThatWorks, parseGoVersion, parseServerVersion, type TemporalBinary } from './temporal-binary';

const binary = (source: TemporalBinary['source']): TemporalBinary => ({ path: `/somewhere/${source}`, source });
const nothing = {
  onPath: async () => undefined,
  cached: () => undefined,
  download: async (): Promise<TemporalBinary> => {
    throw new Error('no route to the download');
  },
  goBuild: async (): Promise<TemporalBinary> => {
    throw new Error('`go` is not on PATH');
  },
};

describe('platform, embedded stack: the order in which a Temporal server is looked for', () => {
  test('the program on PATH comes first, and nothing else is asked', async () => {
    const download = jest.fn(nothing.download);
    const found = await firstThatWorks({ ...nothing, download, onPath: async () => binary('path') });
    expect(found.source).toBe('path');
    expect(download).not.toHaveBeenCalled();
  });

  test('what an earlier start has made comes before the download', async () => {
    const download = jest.fn(nothing.download);
    const found = await firstThatWorks({ ...nothing, download, cached: () => binary('go-build') });
    expect(found.source).toBe('go-build');
    expect(download).not.toHaveBeenCalled();
  });

  test('the download comes before the build', async () => {
    const goBuild = jest.fn(nothing.goBuild);
    const found = await firstThatWorks({ ...nothing, goBuild, download: async () => binary('download') });
    expect(found.source).toBe('download');
    expect(goBuild).not.toHaveBeenCalled();
  });

  test('an unfit program on PATH and a failed download do not keep the build from being made', async () => {
    const onPath = async (): Promise<TemporalBinary> => {
      throw new Error('holds server 1.20.0');
    };
    const found = await firstThatWorks({ ...nothing, onPath, goBuild: async () => binary('go-build') });
    expect(found.source).toBe('go-build');
  });

  test('a failure names everything that was tried, and what to install', async () => {
    const failure = await firstThatWorks(nothing).catch((error: unknown) => error);
    const { message } = failure as Error;
    for (const part of ['on PATH: there is none', 'no route to the download', '`go` is not on PATH']) {
      expect(message).toContain(part);
    }
    expect(message).toMatch(/Install the Temporal CLI .* or Go .*TEMPORAL_ADDRESS/);
  });

  test('a start that was called off tries nothing more', async () => {
    const goBuild = jest.fn(nothing.goBuild);
    const signal = AbortSignal.abort(new Error('called off'));
    await expect(firstThatWorks({ ...nothing, goBuild, signal })).rejects.toThrow('called off');
    expect(goBuild).not.toHaveBeenCalled();
  });
});

test('versions are read from what the programs write', () => {
  expect(parseServerVersion('temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)')).toBe('1.29.1');
  expect(parseServerVersion('temporal version 0.0.0-DEV (Server 1.30.0-rc.1, UI 2.42.1)')).toBe('1.30.0-rc.1');
  expect(parseServerVersion('some other program')).toBeUndefined();
  expect(parseGoVersion('go version go1.26.1 linux/amd64')).toBe('1.26.1');
  expect(parseGoVersion('go version go1.25 darwin/arm64')).toBe('1.25');
  expect(parseGoVersion('gone')).toBeUndefined();
});

test('platform, embedded stack: the module that is built pins the release, and nothing in it is replaced', () => {
  const goMod = readFileSync(path.join(packageDir, 'temporal-cli', 'go.mod'), 'utf8');
  expect(goMod).toContain(`github.com/temporalio/cli v${cliVersion}`);
  expect(goMod).toContain('tool github.com/temporalio/cli/cmd/temporal');
  expect(goMod).not.toMatch(/^\s*replace/m);
});
