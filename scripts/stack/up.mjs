// npm run stack:up: the whole stack with Docker. Checks what it needs, waits until everything is healthy, and says where it is.
//   -- --observability   with Prometheus and Grafana
//   -- --tls, --jwt      with docker-compose.tls.yml, docker-compose.jwt.yml
import { createStatus } from '../lib/status.mjs';
import { checkDocker, checkPorts, compose, readOptions } from './docker.mjs';
import { ensureData, ensureSettings, publishSettings, readSettings } from './settings.mjs';

/** The longest that a machine under load takes from nothing to healthy; the images are built before. */
const HEALTHY_WITHIN_S = 300;

const status = createStatus();
try {
  const { observability, files, profiles, rest } = readOptions(process.argv.slice(2));
  if (rest.length > 0) throw new Error(`there is no ${rest.join(', ')}; there are --observability, --tls and --jwt`);

  const made = ensureSettings();
  if (made.length > 0) status.line(`made ${made.join(', ')} in infra/compose/.env`);
  const settings = readSettings();
  await checkDocker();
  await ensureData(settings);
  const { TEMPORAL_PORT, UI_PORT, POSTGRES_PORT, PROMETHEUS_PORT, GRAFANA_PORT } = settings;
  const more = observability ? { PROMETHEUS_PORT, GRAFANA_PORT } : {};
  await checkPorts({ TEMPORAL_PORT, UI_PORT, POSTGRES_PORT, ...more }, { project: settings.STACK_NAME });
  await status.step('building the images of the workers', () => compose([...profiles, 'build', '--quiet'], { files }));
  await status.step('starting the stack', () =>
    compose([...profiles, 'up', '--detach', '--wait', '--wait-timeout', String(HEALTHY_WITHIN_S)], { files }),
  );
  await publishSettings(settings, { tls: files.includes('tls'), jwt: files.includes('jwt') });
  const urls = {
    'Temporal Web UI': `http://127.0.0.1:${UI_PORT}`,
    'Temporal server': `127.0.0.1:${TEMPORAL_PORT}`,
    PostgreSQL: `127.0.0.1:${POSTGRES_PORT}`,
    ...(observability
      ? { Grafana: `http://127.0.0.1:${GRAFANA_PORT}`, Prometheus: `http://127.0.0.1:${PROMETHEUS_PORT}` }
      : {}),
  };
  for (const [name, url] of Object.entries(urls)) process.stdout.write(`${name.padEnd(16)} ${url}\n`);
  process.stdout.write('commands: npx tracc db seed, npx tracc budget list --user demo; npm run stack:down ends it\n');
} catch (error) {
  status.line(error.message);
  process.exitCode = 1;
}
status.stop();
