// npm run stack:identities: certificates and tokens for the stack's TLS and authorization, from an authority that exists for that
// only. To try them out and for tests; where others depend on it, give the same files from an authority of your own.
//   -- --days N   how long they are good for; 30
import { existsSync } from 'node:fs';
import { makeIdentities } from './make-identities.mjs';
import { IDENTITIES } from './settings.mjs';

const [option, value, ...rest] = process.argv.slice(2);
const days = Number(value ?? 30);
try {
  if ((option !== undefined && option !== '--days') || rest.length > 0)
    throw new Error('there is --days N, and no more');
  if (!Number.isInteger(days) || days < 1 || days > 825)
    throw new Error('--days should be a whole number from 1 to 825');
  if (existsSync(IDENTITIES))
    throw new Error(`${IDENTITIES} is there already; remove it first: whoever has a certificate of it is refused then`);
  await makeIdentities(IDENTITIES, { days });
  process.stdout.write(`made ${IDENTITIES}, good for ${days} days\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
