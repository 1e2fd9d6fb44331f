import { addAccounts, importFile, openImportBench, writeBankFiles } from '../lib/import.mjs';

// What a worker needs for an import above what it needs idle, for files of three sizes, each in a worker of its own.
export const name = 'import-memory';
export const goal = 'peak <= idle worker + 60 MiB, equal within 10 % for all sizes; <= 50 events, <= 20 kB of history';

const MORE_MIB = 60;
const APART_MAX = 1.1;

export async function run(context) {
  const sizes = context.quick ? [50_000, 200_000, 1_000_000] : [250_000, 1_000_000, 5_000_000];
  const { stack, files, startWorker } = await openImportBench(context, { worker: false });
  await addAccounts(stack, ['main']);

  const measured = [];
  for (const rows of sizes) {
    const written = await context.step(`writing ${rows} rows`, () =>
      writeBankFiles({ directory: files, name: `memory-${rows}`, rows, account: 'main', table: false }),
    );
    await stack.query('truncate transactions');
    const worker = await startWorker();
    const { result, historyLength, historyBytes } = await context.step(`importing ${rows} rows`, () =>
      worker.watch(() => importFile(stack, { account: 'main', source: written.source })),
    );
    if (result.imported !== rows) throw new Error(`imported ${result.imported} of ${rows} rows`);
    measured.push({ rows, idle: worker.idleMiB, peak: worker.peakMiB(), historyLength, historyBytes });
    await worker.stop();
    await written.remove();
  }
  const peaks = measured.map(({ peak }) => peak);
  const apart = Math.max(...peaks) / Math.min(...peaks);
  const worst = measured.reduce((a, b) => (a.peak - a.idle >= b.peak - b.idle ? a : b));
  return {
    ours: worst.peak - worst.idle,
    anchor: 'limit above an idle worker',
    unit: 'MiB',
    theirs: MORE_MIB,
    ratio: (worst.peak - worst.idle) / MORE_MIB,
    rssMiB: Math.max(...peaks),
    ok:
      worst.peak - worst.idle <= MORE_MIB &&
      apart <= APART_MAX &&
      measured.every(({ historyLength, historyBytes }) => historyLength <= 50 && historyBytes <= 20_000),
    notes: [
      ...measured.map(
        ({ rows, idle, peak, historyLength, historyBytes }) =>
          `${rows} rows: ${Math.round(idle)} MiB idle, ${Math.round(peak)} MiB at the peak (+${Math.round(peak - idle)}); history ${historyLength} events, ${historyBytes} bytes`,
      ),
      `the largest peak is ${apart.toFixed(2)} times the smallest`,
    ],
  };
}
