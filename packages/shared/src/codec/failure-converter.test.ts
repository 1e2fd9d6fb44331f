import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  defaultFailureConverter,
  defaultPayloadConverter as converter,
} from '@temporalio/common';
import { EncodedFailureConverter, failureConverter } from './failure-converter';

const received = () => {
  const cause = ApplicationFailure.create({ message: 'CANARY of the cause', type: 'BudgetNotFound' });
  const thrown = new ActivityFailure('CANARY', 'checkBudgetStatus', '1', RetryState.TIMEOUT, undefined, cause);
  return failureConverter.failureToError(failureConverter.errorToFailure(thrown, converter), converter);
};
const outside = (failure: { encodedAttributes?: unknown; cause?: unknown } | null | undefined): unknown =>
  failure && { ...failure, encodedAttributes: undefined, cause: outside(failure.cause as typeof failure) };

test('reliability S8: messages and stack traces are in a payload, those of causes too', () => {
  const failure = failureConverter.errorToFailure(received(), converter);
  expect(JSON.stringify(outside(failure))).not.toContain('CANARY');
  expect(JSON.stringify(outside(failure))).not.toContain('failure-converter.test');
  const error = failureConverter.failureToError(failure, converter);
  expect(error).toMatchObject({ message: 'CANARY', cause: { message: 'CANARY of the cause', type: 'BudgetNotFound' } });
});

test('reliability S8: an error that is sent twice has its message both times', () => {
  const error = received();
  for (const _time of [1, 2]) {
    const failure = failureConverter.errorToFailure(error, converter);
    expect(failureConverter.failureToError(failure, converter)).toMatchObject({
      message: 'CANARY',
      cause: { message: 'CANARY of the cause' },
    });
  }
});

test('reliability S8: a worker without keys reads failures that were encoded, and sends its own as they are', () => {
  const failure = new EncodedFailureConverter().errorToFailure(received(), converter);
  expect(defaultFailureConverter.failureToError(failure, converter)).toMatchObject({ message: 'CANARY' });
});
