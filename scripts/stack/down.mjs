// npm run stack:down: ends the stack. What it has stored stays, and the next stack:up goes on with it.
//   -- --volumes   removes the databases too, for good
import { createStatus } from '../lib/status.mjs';
import { compose } from './docker.mjs';
import { withdrawSettings } from './settings.mjs';

const status = createStatus();
try {
  const options = new Set(process.argv.slice(2));
  const volumes = options.delete('--volumes') ? ['--volumes'] : [];
  if (options.size > 0) throw new Error(`there is no ${[...options].join(', ')}; there is --volumes`);
  await status.step('ending the stack', () => compose(['--profile', 'observability', 'down', ...volumes]));
  await withdrawSettings();
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
}
status.stop();
