import { SingleBar } from 'cli-progress';

/** A bar of a known or growing total, on standard error; in a log (no terminal) a line every five seconds. */
export interface ProgressBar {
  /** `note` names the phase: with a new one, rate and time left are counted anew. `unit` replaces that of the bar. */
  update(done: number, total: number, note?: string, unit?: string): void;
  stop(): void;
}

/** `unit` is what is counted: rows, chunks, occurrences. */
export function createProgressBar({ label, unit }: { label: string; unit: string }): ProgressBar {
  return process.stderr.isTTY ? terminalBar(label, unit) : logBar(label, unit);
}

function terminalBar(label: string, defaultUnit: string): ProgressBar {
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}%  {counts} {unit}  {pace}{note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    stream: process.stderr,
    linewrap: false,
  });
  const paceOf = createPace();
  let started = false;
  return {
    update(done, total, note = '', unit = defaultUnit) {
      const pace = paceOf({ done, total, note, unit });
      const payload = { counts: counts(done, total), unit, pace: pace && `${pace}  `, note };
      if (!started) bar.start(total, done, payload);
      started = true;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

function logBar(label: string, defaultUnit: string): ProgressBar {
  const paceOf = createPace();
  let lastLineAt = 0;
  let last = '';
  const print = (line: string) => {
    if (line !== last) process.stderr.write(`${line}\n`);
    last = line;
  };
  let latest = '';
  return {
    update(done, total, note = '', unit = defaultUnit) {
      const pace = paceOf({ done, total, note, unit });
      latest = `${label}: ${counts(done, total)} ${unit}${note && ` (${note})`}${pace && `, ${pace}`}`;
      if (Date.now() - lastLineAt < 5000) return;
      lastLineAt = Date.now();
      print(latest);
    },
    stop() {
      if (latest) print(latest);
    },
  };
}

function counts(done: number, total: number): string {
  return `${grouped(done)} of ${grouped(total)}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** How fast a phase goes, and how long it will go on: `4,100 rows/s, 1 min 5 s left`. Empty until something was done. */
function createPace(now: () => number = Date.now) {
  let phase: string | undefined;
  let startedAt = 0;
  let doneBefore = 0;
  return ({ done, total, note, unit }: { done: number; total: number; note: string; unit: string }): string => {
    if (note !== phase || done < doneBefore) {
      phase = note;
      startedAt = now();
      doneBefore = done;
    }
    const seconds = (now() - startedAt) / 1000;
    const rate = seconds > 0 ? (done - doneBefore) / seconds : 0;
    if (rate <= 0) return '';
    const speed = `${grouped(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))} ${unit}/s`;
    return done >= total ? speed : `${speed}, ${timeText((total - done) / rate)} left`;
  };
}

/** `8 s`, `3 min 20 s`, `1 h 5 min` */
function timeText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
