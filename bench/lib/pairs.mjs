import { ownCpuMs } from './machine.mjs';
import { median, range } from './numbers.mjs';
import { BUSY_CORES } from './run-row.mjs';

/**
 * Measures ours and the anchor in turn, who is first alternating, so that what the machine does to one round it does to both.
 * `prepare(round)` gives what both get; `before(which, prepared)` comes before each and is not measured; `ours` and `theirs`
 * resolve with seconds. Resolves with the pairs of them, their medians and
 * - `ratio`: over 1, ours is faster: the median of the paired ones; of CPU time when the machine was busy with other work
 *   meanwhile, where that is known,
 * - `otherCores`: that other work, the mean over what was measured; undefined where it is not known,
 * - `note`: both ratios, and which one was taken.
 *
 * The CPU time is that of all that the bench has started, PostgreSQL and its backends too, on both sides. What ours does beside
 * the database counts in full there, though a free core hides most of it from the wall time.
 */
export async function measurePairs({ rounds, step, signal, busyMeter, prepare, before, ours, theirs, after }) {
  const work = { ours, theirs };
  const pairs = [];
  const measures = [];
  for (const round of range(rounds)) {
    signal.throwIfAborted();
    const prepared = await step(`preparing round ${round + 1} of ${rounds}`, () => prepare(round));
    const seconds = await step(`round ${round + 1} of ${rounds}`, async () => {
      const times = {};
      for (const which of round % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours']) {
        await before(which, prepared);
        const { result, ...measure } = await measured({ busyMeter, work: () => work[which](prepared) });
        times[which] = result;
        measures.push({ which, ...measure });
      }
      return times;
    });
    pairs.push(seconds);
    await after(prepared);
  }
  const sum = (figure, of = measures) => of.reduce((total, measure) => total + measure[figure], 0);
  const [sideOurs, sideTheirs] = ['ours', 'theirs'].map((side) => measures.filter(({ which }) => which === side));
  const otherCores = sum('otherMs') / sum('wallMs');
  // What the database writes to disk later may fall into the next round: the sums are compared.
  const cpuRatio = sum('cpuMs', sideTheirs) / sum('cpuMs', sideOurs);
  const wallRatio = median(pairs.map((pair) => pair.theirs / pair.ours));
  const isKnown = Number.isFinite(cpuRatio) && Number.isFinite(otherCores);
  const byCpu = isKnown && otherCores > BUSY_CORES;
  return {
    pairs,
    ours: median(pairs.map((pair) => pair.ours)),
    theirs: median(pairs.map((pair) => pair.theirs)),
    ratio: byCpu ? cpuRatio : wallRatio,
    otherCores: isKnown ? otherCores : undefined,
    note: isKnown
      ? `judged by ${byCpu ? 'CPU time, the machine had other work' : 'wall time'}: wall ratio ${wallRatio.toFixed(2)}, CPU ratio ${cpuRatio.toFixed(2)}`
      : 'judged by wall time; other work is not known',
  };
}

async function measured({ busyMeter, work }) {
  const busy = busyMeter();
  const [cpuBefore, startedAt] = [ownCpuMs(), performance.now()];
  const result = await work();
  const wallMs = performance.now() - startedAt;
  return { result, wallMs, cpuMs: ownCpuMs() - cpuBefore, otherMs: busy.otherCores() * wallMs };
}

/** `3 pairs: 10.1 s to 7.2 s, …` */
export function pairsText(pairs) {
  return `${pairs.length} pairs: ${pairs.map(({ ours, theirs }) => `${ours.toFixed(1)} s to ${theirs.toFixed(1)} s`).join(', ')}`;
}
