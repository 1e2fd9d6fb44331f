import fc from 'fast-check';
import { parseAnswer } from './parse-answer';

const ITEM = {
  title: 'The bridge opens',
  summary: 'It was opened in 1801.',
  dateText: '1801',
  dateEdtf: null,
  places: ['Town'],
  people: [],
  quotes: ['The bridge was opened in 1801.'],
  confidence: 0.9,
};
const { dateEdtf: _, ...EVENT } = ITEM;
const answer = (...items: unknown[]) => JSON.stringify({ events: items });

test('ai-timeline 6: a good item is read', () => {
  expect(parseAnswer(answer(ITEM))).toEqual({ events: [EVENT], dropped: 0, problem: null });
  expect(parseAnswer(answer({ ...ITEM, dateEdtf: '1801' })).events).toEqual([{ ...EVENT, dateEdtf: '1801' }]);
  expect(parseAnswer(`\`\`\`json\n${answer(ITEM)}\n\`\`\``).events).toEqual([EVENT]);
});

test.each([
  ['a field that nobody knows', { ...ITEM, mood: 'glad' }],
  ['more quotes than are asked for', { ...ITEM, quotes: Array.from({ length: 6 }, () => ITEM.quotes[0]) }],
  ['no quote', { ...ITEM, quotes: [] }],
  ['a quote that is no text', { ...ITEM, quotes: [1] }],
  ['an empty title', { ...ITEM, title: '' }],
  ['a confidence above 1', { ...ITEM, confidence: 90 }],
  ['a missing date text', { ...ITEM, dateText: undefined }],
  ['places that are a text', { ...ITEM, places: 'Town' }],
  ['no object', 'ITEM'],
])('ai-timeline 8: an item with %s is dropped and counted, the good one is kept', (_what, bad) => {
  const parsed = parseAnswer(answer(bad, ITEM));
  expect(parsed).toMatchObject({ events: [EVENT], dropped: 1 });
  expect(parsed.problem).toContain('events[0]');
});

test.each(['start', 'end', 'offset', 'startOffset', 'char_interval', 'quote_start', 'positions', 'span'])(
  'ai-timeline 6: the offset %s of a model is ignored',
  (field) => {
    expect(parseAnswer(answer({ ...ITEM, [field]: [{ a: 1 }, 2] }))).toEqual({
      events: [EVENT],
      dropped: 0,
      problem: null,
    });
  },
);

test('ai-timeline 8: of an answer that breaks off unannounced the complete items are kept, and what broke off is counted', () => {
  const half = answer(ITEM, ITEM).slice(0, -20);
  expect(parseAnswer(half)).toEqual({ events: [EVENT], dropped: 1, problem: 'it is not one JSON document.' });
  expect(parseAnswer(`Here they are:\n${answer(ITEM)}`).events).toEqual([EVENT]);
});

test('ai-timeline 8: complete items that do not fit are counted in an answer that was cut off, too', () => {
  const cut = answer({ ...ITEM, quotes: [] }, ITEM, ITEM).slice(0, -20);
  expect(parseAnswer(cut, { truncated: true })).toEqual({ events: [EVENT], dropped: 1, problem: null });
});

test('ai-timeline 8: of thousands of items those beyond a limit are dropped and counted', () => {
  const parsed = parseAnswer(answer(...Array.from({ length: 10_000 }, () => ITEM)));
  expect([parsed.events.length, parsed.dropped]).toEqual([200, 9800]);
});

test.each([
  ['lists in lists', '['.repeat(200_000)],
  ['objects in objects', '{"events":['.repeat(50_000)],
  ['fences', `\`\`\`${'\n'.repeat(1_000_000)}`],
  ['more fences', '```json\n'.repeat(100_000)],
  ['escapes', `{"events":[{"title":"${'\\\\'.repeat(500_000)}`],
])('%s without an end are read in time that grows with their length', (_what, text) => {
  const before = process.cpuUsage();
  expect(parseAnswer(text).events).toEqual([]);
  expect(parseAnswer(text, { truncated: true }).events).toEqual([]);
  const { user } = process.cpuUsage(before);
  // In the square of the length it would be minutes.
  expect(user).toBeLessThan(5_000_000);
});

test.each(['', 'none', '[]', '{"items": []}', '{"events": {}}', '{"events": [', 'null'])(
  '%p is no answer and says why',
  (text) => {
    const parsed = parseAnswer(text);
    expect(parsed.events).toEqual([]);
    expect(parsed.problem).not.toBeNull();
  },
);

test('ai-timeline 8: of an answer that was cut off, anywhere, exactly the complete items are kept', () => {
  const items = [ITEM, { ...ITEM, title: 'A "quoted" } title [' }, { ...ITEM, title: 'Third\\' }];
  const full = answer(...items);
  fc.assert(
    fc.property(fc.nat(full.length), (length) => {
      const cut = full.slice(0, length);
      const { events, dropped } = parseAnswer(cut, { truncated: true });
      expect(dropped).toBe(0);
      const complete = items.filter((item) => cut.includes(JSON.stringify(item))).length;
      expect(events.map(({ title }) => title)).toEqual(items.slice(0, complete).map(({ title }) => title));
    }),
  );
});

test('what PostgreSQL cannot hold does not get in', () => {
  const [event] = parseAnswer(answer({ ...ITEM, title: 'A\u0000B \ud800 C' })).events;
  expect(event!.title).toBe('AB \ufffd C');
});

test('any text is read without throwing, and nothing unchecked comes out', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((json) => `{"events": [${json}]}`),
      ),
      fc.boolean(),
      (text, truncated) => {
        for (const event of parseAnswer(text, { truncated }).events) expect(event.quotes.length).toBeGreaterThan(0);
      },
    ),
  );
});
