export { deadline, withinDeadline } from './deadline';
export {
  type GuardedFetch,
  type GuardedResponse,
  AddressBlocked,
  checkAddress,
  createGuardedFetch,
} from './guarded-fetch';
export { isRetryableStatus, retryAfterMs } from './retry-after';
