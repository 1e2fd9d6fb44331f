import { failureType } from '@backend/shared/failures';
import { decideEvent } from '../activities/decide-event';
import type { ReviewDecision } from '../contract';
import { checkDecision } from './review-decision';

const EVENT = '0b7e1c52-6a0e-4c5e-9f1a-2f6f5d0c9a11';
const edit = (patch: unknown) => ({ eventId: EVENT, action: 'edit', user: 'asha', patch }) as ReviewDecision;

const refused: [problem: string, decision: ReviewDecision][] = [
  ['eventId', { ...edit({ title: 'A' }), eventId: '7' }],
  ['action', { ...edit({ title: 'A' }), action: 'publish' as 'edit' }],
  ['user', { ...edit({ title: 'A' }), user: ' ' }],
  ['user', { ...edit({ title: 'A' }), user: 'a\u0000' }],
  ['title', edit({ title: 'a\u0000b' })],
  ['summary', edit({ summary: '\ud83d' })],
  ['date', edit({ date: '1830\udc00' })],
  ['places', edit({ places: ['Loj', 'a\u0000'] })],
  ['people', edit({ people: 'Asha' })],
  ['patch', edit({ 'ti\u0000tle': 'A' })],
  ['patch', edit({})],
  ['patch', edit(undefined)],
];

test.each(refused)(
  'common rules: a wrong %s of a decision is refused before the database is asked',
  async (problem, decision) => {
    const scope = () => Promise.reject(new Error('the database was asked'));
    const error: unknown = await decideEvent({ scope }, { timelineId: 't', decision, key: 'k' }).catch(
      (caught: unknown) => caught,
    );
    expect(failureType(error)).toBe('InvalidInput');
    expect((error as Error).message).toContain(problem);
  },
);

test('common rules: the id of a decision is a key of the database, so it holds no NUL', async () => {
  const scope = () => Promise.reject(new Error('the database was asked'));
  const decided = decideEvent({ scope }, { timelineId: 't', decision: edit({ title: 'A' }), key: 'k\u0000' });
  expect(failureType(await decided.catch((caught: unknown) => caught))).toBe('InvalidInput');
});

test('ai-timeline 3: a patch is kept in the stored form of its texts', () => {
  const patch = { title: ' cafe\u0301\r\n ', places: ['Loj ', 'Loj', ''], date: '1830 ' };
  expect(checkDecision(edit(patch)).patch).toEqual({ title: 'caf\u00e9', places: ['Loj'], date: '1830' });
});

test('only an edit has a patch', () => {
  const decision = { eventId: EVENT, action: 'approve', user: 'asha', patch: { title: '\u0000' } } as const;
  expect(checkDecision(decision)).toEqual({ eventId: EVENT, action: 'approve', user: 'asha' });
});
