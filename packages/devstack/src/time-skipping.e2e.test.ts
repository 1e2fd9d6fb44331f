import { rmSync } from 'node:fs';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { copyPackage } from '../test/e2e-support';
import { accepts, freePort } from './ports';
import { pollUntil } from './progress';
import { resolveTimeSkippingServer } from './time-skipping';

// The first use on a machine fetches the server.
jest.setTimeout(10 * 60_000);

describe('platform, embedded stack: the time-skipping test server', () => {
  test('the SDK starts it, and 360 days of sleep take under a second', async () => {
    const server = await resolveTimeSkippingServer({ log: () => {} });
    const environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: server } },
    });
    try {
      const before = await environment.currentTimeMs();
      const startedAtMs = Date.now();
      await environment.sleep('360 days');
      expect(Date.now() - startedAtMs).toBeLessThan(1_000);
      expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(360 * 86_400_000);
    } finally {
      await environment.teardown();
    }
  });

  test('it ends when the process that started it is killed', async () => {
    const copy = copyPackage();
    try {
      const port = await freePort();
      const script = copy.run({
        script: `
          const server = await devstack.resolveTimeSkippingServer({ log: () => {} });
          require('node:child_process').spawn(server, ['${port}'], { stdio: 'ignore' });
          say('started');
          setInterval(() => {}, 1000);`,
      });
      await script.next();
      const answers = async (wanted: boolean): Promise<true | undefined> =>
        (await accepts({ host: '127.0.0.1', port, timeoutMs: 500 })) === wanted ? true : undefined;
      expect(await pollUntil({ attempt: () => answers(true), everyMs: 50, timeoutMs: 20_000 })).toBe(true);
      script.process.kill('SIGKILL');
      expect(await pollUntil({ attempt: () => answers(false), everyMs: 50, timeoutMs: 10_000 })).toBe(true);
    } finally {
      rmSync(copy.folder, { recursive: true, force: true });
    }
  });

  test('where nothing can be had, the error names what was tried and what to install', async () => {
    const copy = copyPackage();
    try {
      const env = { PATH: copy.folder, XDG_CACHE_HOME: copy.folder };
      const failure = await resolveTimeSkippingServer({ log: () => {}, env }).catch((error: unknown) => error);
      // A machine that reaches the SDK's download needs no Java.
      if (typeof failure === 'string') return;
      expect((failure as Error).message).toMatch(/Tried:[^]*download[^]*`java` is neither[^]*Install Java/);
    } finally {
      rmSync(copy.folder, { recursive: true, force: true });
    }
  });
});
