import fc from 'fast-check';
import { isRetryableStatus, retryAfterMs } from '.';

const NOW = Date.parse('1994-11-06T08:49:00Z');
const wait = (headers: Record<string, string>): number | undefined => retryAfterMs((name) => headers[name], NOW);

test.each([
  [{ 'retry-after-ms': '1500' }, 1500],
  [{ 'retry-after-ms': '1500', 'retry-after': '7' }, 1500],
  [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7000],
  [{ 'retry-after': '0' }, 0],
  [{ 'retry-after': ' 120 ' }, 120_000],
  [{ 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 37_000],
  [{ 'retry-after': 'Sunday, 06-Nov-94 08:49:37 GMT' }, 37_000],
  [{ 'retry-after': 'Sun Nov  6 08:49:37 1994' }, 37_000],
  [{ 'retry-after': 'Sun, 06 Nov 1994 08:00:00 GMT' }, 0],
])('common: Retry-After %p is a wait of %p ms', (headers, expected) => {
  expect(wait(headers)).toBe(expected);
});

test.each([
  [{}],
  [{ 'retry-after': '' }],
  [{ 'retry-after': 'soon' }],
  [{ 'retry-after': '-5' }],
  [{ 'retry-after': '1.5' }],
  [{ 'retry-after': '1e3' }],
  [{ 'retry-after': '2001' + '0'.repeat(400) }],
  [{ 'retry-after': '2030-01-01' }],
  [{ 'retry-after-ms': '12.5' }],
])('common: Retry-After %p asks for no wait that can be read', (headers) => {
  expect(wait(headers)).toBeUndefined();
});

test('common: Retry-After as an HTTP date is the time until that second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10_000_000 }), (seconds) => {
      expect(wait({ 'retry-after': new Date(NOW + seconds * 1000).toUTCString() })).toBe(seconds * 1000);
    }),
  );
});

test('common: 408, 409, 425, 429 and every 5xx are retried, every other 4xx is not', () => {
  const retried = [...Array(200).keys()].map((index) => index + 400).filter(isRetryableStatus);
  expect(retried).toEqual([408, 409, 425, 429, ...[...Array(100).keys()].map((index) => index + 500)]);
  expect(isRetryableStatus(529)).toBe(true);
});
