import { tokensOf } from './similarity';

it('ai-timeline 15: a page of names is not compared to its end, and the title comes first', () => {
  const people = Array.from({ length: 5000 }, (_, index) => `Person${index} of Vadtal`);
  const tokens = tokensOf({ title: 'The temple was consecrated', people });
  expect(tokens.size).toBe(100);
  expect([...tokens].slice(0, 4)).toEqual(['temple', 'consecrated', 'person0', 'vadtal']);
});
