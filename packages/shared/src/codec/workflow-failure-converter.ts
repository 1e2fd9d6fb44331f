import { defaultFailureConverter, type FailureConverter } from '@temporalio/common';
import { failureConverter as encodedFailureConverter } from './failure-converter';

declare global {
  // Declared by a line in front of the bundle, see `workflowSource`.
  var __ENCODE_FAILURES__: true | undefined;
}

/**
 * The failure converter of a prebuilt workflow bundle, which is made before anyone knows whether its worker has payload keys: without
 * keys failures stay as they are.
 */
export const failureConverter: FailureConverter = globalThis.__ENCODE_FAILURES__
  ? encodedFailureConverter
  : defaultFailureConverter;
