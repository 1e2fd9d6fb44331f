import { remembering } from './remembering';

test('a remembered answer is given again until as many others have been asked for as are kept', () => {
  const asked: number[] = [];
  const double = remembering(2, (key: number) => {
    asked.push(key);
    return { value: key * 2 };
  });
  expect([double(1), double(2), double(1)].map(({ value }) => value)).toEqual([2, 4, 2]);
  expect(asked).toEqual([1, 2]);
  double(3);
  expect([double(2), double(3)].map(({ value }) => value)).toEqual([4, 6]);
  expect(asked).toEqual([1, 2, 3]);
  double(1);
  expect(asked).toEqual([1, 2, 3, 1]);
});
