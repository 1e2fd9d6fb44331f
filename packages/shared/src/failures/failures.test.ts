import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { SHARED_FAILURES, failureType, rootFailure, transientFailure, userFailure } from '.';

const activityFailure = (cause: Error): ActivityFailure =>
  new ActivityFailure('Activity task failed', 'check', '1', RetryState.NON_RETRYABLE_FAILURE, 'worker', cause);

test('common: a failure that the caller must mend is never retried', () => {
  const failure = userFailure(SHARED_FAILURES.InvalidInput, 'month should be a month such as 2026-03.', {
    field: 'month',
  });
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({ type: 'InvalidInput', nonRetryable: true, details: [{ field: 'month' }] });
});

test('common: a failure that time may mend is retried, after the delay that a server asked for', () => {
  expect(transientFailure('Unavailable', 'The receiver answered 503.')).toMatchObject({ nonRetryable: false });
  expect(transientFailure('Unavailable', 'The receiver answered 503.').nextRetryDelay).toBeUndefined();
  expect(transientFailure('Unavailable', 'The receiver answered 429.', 1500).nextRetryDelay).toBe(1500);
  expect(transientFailure('Unavailable', 'The receiver answered 429.', 0).nextRetryDelay).toBe(0);
});

test('common: the type is found below an activity failure, and is that of the first cause', () => {
  const cause = userFailure('BudgetNotFound', 'There is no such budget.');
  const wrapped = ApplicationFailure.create({ type: 'Outer', message: 'outer', cause: activityFailure(cause) });
  expect(failureType(cause)).toBe('BudgetNotFound');
  expect(failureType(activityFailure(cause))).toBe('BudgetNotFound');
  expect(failureType(wrapped)).toBe('BudgetNotFound');
  expect(rootFailure(wrapped)).toBe(cause);
});

test.each([
  [new Error('plain')],
  ['text'],
  [undefined],
  [null],
  [{ type: 'InvalidInput' }],
  [activityFailure(new Error('x'))],
])('common: %p has no failure type', (error) => {
  expect(failureType(error)).toBeUndefined();
  expect(rootFailure(error)).toBeUndefined();
});

test('common: names and values of the failure types are the same, so that a type on the wire says its name', () => {
  for (const [name, value] of Object.entries(SHARED_FAILURES)) expect(value).toBe(name);
});
