import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Both tenants' commands with `--json`, and a client that sees how an execution ended. */
export function createCommands(stack) {
  const command = (name) => async (args) => {
    const tenant = stack.tenants.find((candidate) => candidate.name === name);
    const child = spawn(process.execPath, [tenant.bin, '--json', ...args], {
      env: { ...process.env, ...stack.environments[name] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors] = [[], []];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => errors.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`${name} ${args.join(' ')}: ${Buffer.concat(errors).toString().trim()}`);
    const text = Buffer.concat(output).toString().trim();
    return text === '' ? undefined : JSON.parse(text);
  };

  const clients = {};
  const clientOf = async (name) => {
    const { connectClient } = require('@backend/shared/temporal');
    const { namespace } = stack.tenants.find((tenant) => tenant.name === name);
    const { address } = stack.temporal;
    clients[name] ??= connectClient({ address, namespace, connection: { address } });
    return (await clients[name]).client;
  };

  return {
    tracc: command('tracc'),
    timeline: command('timeline'),
    /** Waits for an execution's end and says how it ended. */
    async finished(name, workflowId) {
      const handle = (await clientOf(name)).workflow.getHandle(workflowId);
      const result = await handle.result();
      const { type, status, startTime, closeTime } = await handle.describe();
      return { type, workflowId, status: status.name, durationMs: closeTime - startTime, result };
    },
    async close() {
      for (const connection of Object.values(clients)) await (await connection).close();
    },
  };
}
