export { type GuardedFetch, type GuardedResponse, AddressBlocked, createGuardedFetch } from './guarded-fetch';
export { isRetryableStatus, retryAfterMs } from './retry-after';
