import { runInThisContext } from 'node:vm';

/** What the whole process is told of, which the sandbox of a test file does not hear. */
export interface OuterProcess {
  /** Takes the warnings of what has happened so far. */
  takeWarnings(): Promise<string[]>;
  /** Rejects when there was a warning that nobody has taken, or an unhandled rejection. */
  verify(): Promise<void>;
  stop(): void;
}

/** Listens to warnings and unhandled rejections of the process around the sandbox. */
export function listenToProcess(): OuterProcess {
  const outer = runInThisContext('process') as NodeJS.Process;
  const warnings: string[] = [];
  const unhandled: unknown[] = [];
  const onWarning = ({ message }: Error): void => void warnings.push(message);
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  outer.on('warning', onWarning);
  outer.on('unhandledRejection', onUnhandled);
  // Both are told of in a later turn of the loop.
  const settled = async () => new Promise((resolve) => setImmediate(resolve));
  return {
    async takeWarnings() {
      await settled();
      return warnings.splice(0);
    },
    async verify() {
      await settled();
      const [error] = unhandled.splice(0);
      if (error !== undefined) throw new Error('a rejection was not handled', { cause: error });
      if (warnings.length > 0) throw new Error(`the process was warned: ${warnings.splice(0).join('; ')}`);
    },
    stop() {
      outer.off('warning', onWarning);
      outer.off('unhandledRejection', onUnhandled);
    },
  };
}
