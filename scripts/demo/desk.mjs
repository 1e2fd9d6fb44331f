import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

/** The world outside, on loopback: serves the sources that are read over HTTP, and receives budget alerts. */
export async function startDesk(sourceDirectory) {
  const alerts = [];
  const server = createServer(async (request, response) => {
    if (request.method === 'POST' && request.url === '/alerts') {
      const parts = [];
      for await (const part of request) parts.push(part);
      alerts.push({ key: request.headers['idempotency-key'], body: JSON.parse(Buffer.concat(parts).toString()) });
      response.writeHead(204).end();
      return;
    }
    const name = path.basename(decodeURIComponent(request.url ?? ''));
    try {
      const page = await readFile(path.join(sourceDirectory, name));
      response
        .writeHead(200, {
          'content-type': name.endsWith('.html') ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
        })
        .end(page);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${server.address().port}`;
  return {
    host,
    baseUrl: `http://${host}/`,
    alerts,
    alertUrl: `http://${host}/alerts`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
