import { readyUrl } from './worker-commands';

test.each([
  ['127.0.0.1', 'http://127.0.0.1:8081/readyz'],
  ['0.0.0.0', 'http://127.0.0.1:8081/readyz'],
  ['::', 'http://[::1]:8081/readyz'],
  ['fe80::1', 'http://[fe80::1]:8081/readyz'],
  ['localhost', 'http://localhost:8081/readyz'],
])('platform: the worker whose probes listen on %s is asked at %s', (host, url) => {
  expect(readyUrl({ host, port: 8081 })).toBe(url);
});
