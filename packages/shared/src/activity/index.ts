export { type Pulse, announceStop, withPulse } from './pulse';
export { inTurns } from './in-turns';
