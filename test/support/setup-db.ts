import { startServers } from './global-setup';

// Built: timeline reads documents in a process of its own, which is built code.
export default async (): Promise<void> => startServers({ built: true });
