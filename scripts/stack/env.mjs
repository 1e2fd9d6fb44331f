// npm run stack:env: writes infra/compose/.env with passwords and keys of its own, or fills in what it lacks.
import { ensureData, ensureSettings, readSettings } from './settings.mjs';

const made = ensureSettings();
await ensureData(readSettings());
process.stdout.write(
  made.length > 0 ? `made ${made.join(', ')} in infra/compose/.env\n` : 'infra/compose/.env has every value\n',
);
