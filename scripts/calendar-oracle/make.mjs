// Writes the fixtures that the worker's lunisolar dates are held against, by an implementation that shares nothing
// with the worker's (Time4J, in Java). The tests read the fixtures alone: they need neither Java nor a network.
//   node scripts/calendar-oracle/make.mjs           fetches the jar and writes the files
//   node scripts/calendar-oracle/make.mjs --check   writes nothing, fails when a file on disk differs
//   node scripts/calendar-oracle/make.mjs --jar <file>   takes this copy of the jar, fetches nothing
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const here = path.dirname(fileURLToPath(import.meta.url));
const fixtures = path.join(here, '../../apps/timeline-worker/test/fixtures/calendar');
const { values } = parseArgs({ options: { check: { type: 'boolean' }, jar: { type: 'string' } } });

/** The pinned jar in `folder`; throws when its content is another. */
async function fetchJar(folder) {
  const { artifact, sha256 } = JSON.parse(readFileSync(path.join(here, 'jar.json'), 'utf8'));
  const [group, name, version] = artifact.split(':');
  const address = `https://repo.maven.apache.org/maven2/${group.replaceAll('.', '/')}/${name}/${version}/${name}-${version}.jar`;
  const content = values.jar === undefined ? await download(address) : readFileSync(values.jar);
  const found = createHash('sha256').update(content).digest('hex');
  if (found !== sha256) throw new Error(`${artifact} has another content than the one pinned (sha256 ${found})`);
  const file = path.join(folder, 'time4j.jar');
  writeFileSync(file, content);
  return file;
}

async function download(address) {
  const response = await fetch(address, { signal: AbortSignal.timeout(60_000) });
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return Buffer.from(await response.arrayBuffer());
}

const folder = mkdtempSync(path.join(tmpdir(), 'calendar-oracle-'));
try {
  const jar = await fetchJar(folder);
  execFileSync('java', ['-cp', jar, path.join(here, 'Oracle.java'), folder], { stdio: 'inherit' });
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.csv'))) {
    const [made, kept] = [path.join(folder, name), path.join(fixtures, name)];
    if (!values.check) copyFileSync(made, kept);
    else if (!readFileSync(made).equals(readFileSync(kept))) throw new Error(`${kept} is not what Time4J says`);
    console.log(`${name}: ${readFileSync(made, 'utf8').split('\n').length - 2} rows`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
