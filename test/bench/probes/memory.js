/** Bytes in use when nothing is left to collect. */
export function heapAtRest() {
  for (let i = 0; i < 4; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}
