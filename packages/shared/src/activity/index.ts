export { type Pulse, announceStop, withPulse } from './pulse';
