import { BudgetExhausted } from './budget';
import type { ModelEvent } from '../domain/types';
import { type Ask, extractChunk } from './extract-chunk';
import { type Answer, QuestionRefused } from './types';

const event = (title: string): ModelEvent => ({
  title,
  summary: '',
  dateText: '1801',
  places: [],
  people: [],
  quotes: ['The bridge was opened in 1801.'],
  confidence: 1,
});
type Reply = Awaited<ReturnType<Ask>>;
const reply = (text: string, stop: Answer['stop'] = 'end'): Reply => ({ text, stop });
const events = (...titles: string[]) => JSON.stringify({ events: titles.map(event) });
const TEXT = 'One sentence stands here. '.repeat(40);
const CHUNK = { index: 0, start: 100, end: 100 + TEXT.length, text: TEXT };

/** Answers in turn; the questions are kept. */
function scripted(...replies: (Reply | Error)[]): { ask: Ask; asked: Parameters<Ask>[0][] } {
  const asked: Parameters<Ask>[0][] = [];
  return {
    asked,
    ask: async (question) => {
      asked.push(question);
      const next = replies[asked.length - 1];
      if (next === undefined) throw new Error('one question too many');
      if (next instanceof Error) throw next;
      return next;
    },
  };
}

test('ai-timeline 8: a good answer takes one call', async () => {
  const { ask, asked } = scripted(reply(events('a', 'b')));
  expect(await extractChunk(ask, CHUNK)).toEqual({ outcome: 'done', events: [event('a'), event('b')], dropped: 0 });
  expect(asked).toEqual([{ step: '', text: TEXT }]);
});

test('ai-timeline 8: a bad answer is repaired once, with the problem told', async () => {
  const { ask, asked } = scripted(reply('no JSON'), reply(events('a')));
  expect(await extractChunk(ask, CHUNK)).toMatchObject({ outcome: 'done', events: [event('a')] });
  expect(asked[1]).toEqual({ step: 'r', text: TEXT, problem: 'it is not one JSON document.' });
});

test('ai-timeline 8: after a useless repair the good items of the first answer are kept and the bad ones counted', async () => {
  const half = JSON.stringify({ events: [event('a'), { title: 'bad' }] });
  expect(await extractChunk(scripted(reply(half), reply('no JSON')).ask, CHUNK)).toEqual({
    outcome: 'done',
    events: [event('a')],
    dropped: 1,
  });
  expect(await extractChunk(scripted(reply(half), reply(half)).ask, CHUNK)).toEqual({
    outcome: 'done',
    events: [event('a')],
    dropped: 1,
  });
  expect(await extractChunk(scripted(reply(half), reply('', 'refusal')).ask, CHUNK)).toEqual({
    outcome: 'done',
    events: [event('a')],
    dropped: 1,
  });
});

test('ai-timeline 8: nothing readable twice is a failed chunk, a refusal a refused one', async () => {
  expect(await extractChunk(scripted(reply('x'), reply('y')).ask, CHUNK)).toMatchObject({
    outcome: 'failed',
    events: [],
  });
  expect(await extractChunk(scripted(reply('', 'refusal')).ask, CHUNK)).toMatchObject({
    outcome: 'refused',
    events: [],
  });
});

test('ai-timeline 8: an answer that is cut off is kept as far as it goes and asked again in two halves of the text', async () => {
  const cut = reply(events('a', 'b').slice(0, -10), 'length');
  const { ask, asked } = scripted(cut, reply(events('c')), reply(events('d')));
  const answer = await extractChunk(ask, CHUNK);
  expect(answer).toMatchObject({ outcome: 'done', events: [event('a'), event('c'), event('d')] });
  expect(asked[1]!.text + asked[2]!.text).toBe(TEXT);
  expect(asked.map(({ step }) => step)).toEqual(['', '0', '1']);
});

test('ai-timeline 8: a repair that is cut off is asked again in halves', async () => {
  const { ask, asked } = scripted(
    reply('x'),
    reply(events('a', 'b').slice(0, -10), 'length'),
    reply(events('c')),
    reply('{"events":[]}'),
  );
  expect(await extractChunk(ask, CHUNK)).toEqual({ outcome: 'done', events: [event('a'), event('c')], dropped: 0 });
  expect(asked.map(({ step }) => step)).toEqual(['', 'r', '0', '1']);
});

test('ai-timeline 8: a text that is too long for the model is asked about in halves', async () => {
  const tooLong = new QuestionRefused(400, true);
  const { ask, asked } = scripted(tooLong, reply(events('a')), tooLong, reply(events('b')), reply(events('c')));
  expect(await extractChunk(ask, CHUNK)).toEqual({
    outcome: 'done',
    events: [event('a'), event('b'), event('c')],
    dropped: 0,
  });
  expect(asked.map(({ step }) => step)).toEqual(['', '0', '1', '10', '11']);
});

test.each<[string, (Reply | Error)[], string]>([
  ['failed', [reply('x'), reply('y')], 'failed'],
  ['was refused', [reply('', 'refusal')], 'refused'],
  ['was not taken', [new QuestionRefused(400, false)], 'failed'],
])(
  'ai-timeline 8: a half that %s gives the chunk its outcome, and what the other half said is kept',
  async (_what, half, outcome) => {
    const cut = reply(events('a', 'b').slice(0, -10), 'length');
    const { ask } = scripted(cut, ...half, reply(events('c')));
    expect(await extractChunk(ask, CHUNK)).toEqual({ outcome, events: [event('a'), event('c')], dropped: 0 });
  },
);

test('ai-timeline 8: halves are halved no deeper than three times', async () => {
  let calls = 0;
  const answer = await extractChunk(async () => {
    calls += 1;
    return reply(events('a').slice(0, -10), 'length');
  }, CHUNK);
  expect(calls).toBe(1 + 2 + 4 + 8);
  expect(answer.outcome).toBe('failed');
});

test("other trouble is the caller's", async () => {
  await expect(extractChunk(scripted(new Error('down')).ask, CHUNK)).rejects.toThrow('down');
  await expect(extractChunk(scripted(new QuestionRefused(400, false)).ask, CHUNK)).rejects.toThrow(QuestionRefused);
  const cut = reply('', 'length');
  await expect(extractChunk(scripted(cut, new BudgetExhausted()).ask, CHUNK)).rejects.toThrow(BudgetExhausted);
});

test.each([new QuestionRefused(400, false), new BudgetExhausted()])(
  'ai-timeline 8: good items are kept when the repair cannot be asked for (%#)',
  async (error) => {
    const half = JSON.stringify({ events: [event('a'), { title: 'no more' }] });
    const { ask } = scripted(reply(half), error);
    expect(await extractChunk(ask, CHUNK)).toEqual({ outcome: 'done', events: [event('a')], dropped: 1 });
  },
);
