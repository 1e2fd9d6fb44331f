export { type Pulse, withPulse } from './pulse';
