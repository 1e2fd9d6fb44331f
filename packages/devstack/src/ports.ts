import { connect, createServer } from 'node:net';

/** A TCP port on 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port was given by the system'));
        else resolve(address.port);
      });
    });
  });
}

/** Whether something accepts connections there, asked for at most `timeoutMs`. */
export function accepts(input: { host: string; port: number; timeoutMs: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: input.host, port: input.port });
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(input.timeoutMs, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}

/** Whether a server's output says that its port was taken between our choice and its start. */
export function saysPortTaken(output: string): boolean {
  return /address already in use|could not bind|can't set .*port|can't use default UI port|EADDRINUSE/i.test(output);
}
