// What a script says while it works: a line for each step, and in every wait of over two seconds a line that moves.

const TICK_MS = 1000;
const QUIET_MS = 2000;

/** Progress on standard error, so that standard output holds results only. */
export function createStatus(stream = process.stderr) {
  const running = new Map();
  let shown = false;

  const clear = () => {
    if (shown) stream.write('\r\x1b[2K');
    shown = false;
  };
  const line = (text) => {
    clear();
    stream.write(`${text}\n`);
  };
  let lastLogAt = 0;
  const tick = () => {
    const waits = [...running].filter(([, { startedAt }]) => Date.now() - startedAt > QUIET_MS);
    if (waits.length === 0) return;
    const text = waits
      .map(([name, { startedAt, note }]) => `${note ?? name} (${Math.round((Date.now() - startedAt) / 1000)} s)`)
      .join(' · ');
    if (stream.isTTY) {
      clear();
      stream.write(`  … ${text}`.slice(0, (stream.columns ?? 80) - 1));
      shown = true;
    } else if (Date.now() - lastLogAt > 10_000) {
      lastLogAt = Date.now();
      stream.write(`  … ${text}\n`);
    }
  };
  const timer = setInterval(tick, TICK_MS);
  timer.unref();

  return {
    line,
    /** Runs work as a step: announced when it starts, ticked with its time when it is done. */
    async step(name, work) {
      const entry = { startedAt: Date.now(), note: undefined };
      line(`  ${name}`);
      running.set(name, entry);
      try {
        const result = await work((note) => {
          entry.note = note;
        });
        line(`✓ ${name}, ${seconds(entry.startedAt)}`);
        return result;
      } catch (error) {
        line(`✗ ${name}, ${seconds(entry.startedAt)}`);
        throw error;
      } finally {
        running.delete(name);
      }
    },
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}

export function seconds(sinceMs) {
  return `${((Date.now() - sinceMs) / 1000).toFixed(1)} s`;
}
