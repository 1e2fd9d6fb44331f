// What the machine and single processes do, from /proc; without it (macOS) from ps, and the rest is unknown (undefined).
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const MS_PER_TICK = 10;
const MIB = 1024 * 1024;

/** Processor time of a process, with all its threads and without its children, ms. */
export function cpuMsOf(pid) {
  const fields = statOf(pid);
  if (fields) return (fields.utime + fields.stime) * MS_PER_TICK;
  const [clock, days = '0'] = ps(pid, 'time').split('-').reverse();
  const seconds = clock.split(':').reduce((total, part) => total * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

/** Resident memory of a process, MiB. */
export function rssMiBOf(pid) {
  const status = read(`/proc/${pid}/status`);
  const kibibytes = status === undefined ? ps(pid, 'rss') : /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return (Number(kibibytes) * 1024) / MIB;
}

/** Processor time of a process (this one) and all that it has started, with what has ended since, ms; undefined without /proc. */
export function ownCpuMs(root = process.pid) {
  if (!statOf(process.pid)) return undefined;
  const all = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = statOf(name);
    if (fields) all.set(Number(name), fields);
  }
  const isOurs = (pid) => pid === root || (all.has(pid) && isOurs(all.get(pid).parent));
  let ticks = 0;
  for (const [pid, { utime, stime, childTime }] of all) if (isOurs(pid)) ticks += utime + stime + childTime;
  return ticks * MS_PER_TICK;
}

/** Starts to count what the machine does beside us; `otherCores()` is the mean since then, undefined without /proc. */
export function startBusyMeter() {
  const sample = () => ({ at: performance.now(), machine: machineBusyMs(), own: ownCpuMs() });
  const first = sample();
  return {
    otherCores() {
      const last = sample();
      if (first.machine === undefined || last.machine === undefined) return undefined;
      const other = last.machine - first.machine - (last.own - first.own);
      return Math.max(0, other / (last.at - first.at));
    },
  };
}

/** Resolves when a process has done nothing to speak of for a second. Rejects after `boundMs`, or on the signal. */
export async function untilIdle(pid, { signal, boundMs = 10 * 60_000 }) {
  const until = Date.now() + boundMs;
  for (let quietMs = 0; quietMs < 1000;) {
    const before = cpuMsOf(pid);
    await pause(250, undefined, { signal });
    quietMs = cpuMsOf(pid) - before <= MS_PER_TICK ? quietMs + 250 : 0;
    if (Date.now() > until) throw new Error(`process ${pid} was still at work after ${boundMs / 1000} s`);
  }
}

function machineBusyMs() {
  const line = read('/proc/stat')?.split('\n')[0];
  if (line === undefined) return undefined;
  const [user, nice, system, , , irq, softirq] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) * MS_PER_TICK;
}

function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the command in brackets and may hold blanks and brackets itself: count from the last one.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [utime, stime, childUser, childSystem] = fields.slice(11, 15).map(Number);
  return { parent: Number(fields[1]), utime, stime, childTime: childUser + childSystem };
}

function ps(pid, column) {
  return execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
