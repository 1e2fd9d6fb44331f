import { FAILURES } from '../contract';
import * as options from './activity-options';

test.each(Object.entries(options))(
  '%s has a bound per attempt, a bound in total and its permanent failures',
  (_name, option) => {
    expect(option.startToCloseTimeout).toBeTruthy();
    expect(option.scheduleToCloseTimeout).toBeTruthy();
    expect(option.retry.nonRetryableErrorTypes).toEqual(expect.arrayContaining(Object.values(FAILURES)));
  },
);

test('ai-timeline 2: the limits of the mission', () => {
  expect(options.fetchOptions.scheduleToCloseTimeout).toBe('10 minutes');
  // An attempt ends by itself when it has listed what it could not read in time.
  expect(options.fetchOptions.startToCloseTimeout).toBe('10 minutes');
  expect(options.extractOptions.scheduleToCloseTimeout).toBe('2 hours');
  expect(options.extractOptions.heartbeatTimeout).toBe('1 minute');
});
