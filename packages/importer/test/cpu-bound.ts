/**
 * Runs work that must not take more CPU time of this process than that. Time on the wall is the machine's, which may be busy with
 * other things; work that waits for ever runs into the timeout of its test.
 */
export async function withinCpuMs<T>(maxMs: number, work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  const tookMs = (user + system) / 1000;
  if (tookMs > maxMs) throw new Error(`took ${Math.round(tookMs)} ms of CPU time, more than ${maxMs}`);
  return result;
}
