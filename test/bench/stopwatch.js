/**
 * Starts now; tells how many ns have gone by, or how many the process had of the processors where that is less: then
 * others had them for a while.
 */
export function stopwatch() {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  return () => {
    const elapsed = Number(process.hrtime.bigint() - start);
    const { user, system } = process.cpuUsage(cpu);
    return Math.min(elapsed, (user + system) * 1_000);
  };
}
