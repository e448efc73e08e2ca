// Batches of some 10 ms run in turn, A B C A B C …: what the machine does meanwhile happens to all alike.
const BATCH_NS = 10_000_000;

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** How many calls fill a batch: more and more of them, until the time is well measured. */
async function sizeOf(runner, grain) {
  let size = grain;
  for (;;) {
    const nanoseconds = (await runner.batch(size)) * size;
    const wanted = Math.max(grain, Math.round((size * BATCH_NS) / nanoseconds / grain) * grain);
    if (nanoseconds > BATCH_NS / 3) return wanted;
    size = Math.min(wanted, size * 10);
  }
}

/**
 * Measures in rounds; answers one array of figures a runner, by round.
 * @param pace.count how many rounds
 * @param pace.warmUp how many before that, which count for nothing but the compiler
 * @param pace.grain a batch is a multiple of it
 * @param pace.size of every batch; by default what takes 10 ms
 */
export async function rounds(runners, { count, warmUp, grain = 100, size }) {
  const sizes = [];
  for (const runner of runners) sizes.push(size ?? (await sizeOf(runner, grain)));
  for (let round = 0; round < warmUp; round++)
    for (const [i, runner] of runners.entries()) await runner.batch(sizes[i]);
  // what has been compiled meanwhile is faster
  if (size === undefined) for (const [i, runner] of runners.entries()) sizes[i] = await sizeOf(runner, grain);
  const figures = runners.map(() => []);
  for (let round = 0; round < count; round++)
    for (const [i, runner] of runners.entries()) figures[i].push(await runner.batch(sizes[i]));
  return figures;
}

/** The median of the ratios of two runners, round by round. */
export const ratio = (figures, bases) => median(figures.map((figure, round) => figure / bases[round]));
