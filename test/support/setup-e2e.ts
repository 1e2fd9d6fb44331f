import { startServers } from './global-setup';

export default async (): Promise<void> => startServers({ temporal: true, timeSkipping: true });
