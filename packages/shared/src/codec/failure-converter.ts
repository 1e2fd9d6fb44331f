import { DefaultFailureConverter, type FailureConverter } from '@temporalio/common';

type ProtoFailure = ReturnType<FailureConverter['errorToFailure']>;

/**
 * Moves messages and stack traces of failures into a payload, so that the codec encrypts them too. The SDK does so in place, in the
 * failure that an error was received with; here it is done in a copy, or the second use of an error would have lost its message.
 */
export class EncodedFailureConverter extends DefaultFailureConverter {
  constructor() {
    super({ encodeCommonAttributes: true });
  }

  override errorToFailureInner(...args: Parameters<DefaultFailureConverter['errorToFailureInner']>): ProtoFailure {
    return { ...super.errorToFailureInner(...args) };
  }
}

/** For `failureConverterPath`. */
export const failureConverter = new EncodedFailureConverter();
