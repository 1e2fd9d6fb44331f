import { SingleBar } from 'cli-progress';

/** A bar of a known or growing total, on standard error; in a log (no terminal) a line every five seconds. */
export interface ProgressBar {
  update(done: number, total: number, note?: string): void;
  stop(): void;
}

/** `unit` is what is counted: rows, chunks, occurrences. */
export function createProgressBar({ label, unit }: { label: string; unit: string }): ProgressBar {
  return process.stderr.isTTY ? terminalBar(label, unit) : logBar(label, unit);
}

function terminalBar(label: string, unit: string): ProgressBar {
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}%  {value}/{total} ${unit}  {rate}/s  {eta_formatted} left  {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    stream: process.stderr,
    linewrap: false,
  });
  const startedAt = Date.now();
  let started = false;
  return {
    update(done, total, note = '') {
      const rate = Math.round(done / Math.max(0.001, (Date.now() - startedAt) / 1000));
      if (!started) bar.start(total, done, { rate, note });
      started = true;
      bar.setTotal(total);
      bar.update(done, { rate, note });
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

function logBar(label: string, unit: string): ProgressBar {
  let lastLineAt = 0;
  let last = '';
  const print = (line: string) => {
    if (line !== last) process.stderr.write(`${line}\n`);
    last = line;
  };
  let latest = '';
  return {
    update(done, total, note) {
      latest = `${label}: ${done} of ${total} ${unit}${note ? ` (${note})` : ''}`;
      if (Date.now() - lastLineAt < 5000) return;
      lastLineAt = Date.now();
      print(latest);
    },
    stop() {
      if (latest) print(latest);
    },
  };
}
