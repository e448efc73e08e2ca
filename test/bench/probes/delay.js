// 100,000 calls under way that all time out, begun and ended over the same second: how long the event loop was held up.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const COUNT = 100_000;
const SLICE = 1_000;
const DURATION = 1_000;

export async function look({ limited }) {
  if (limited === undefined) return undefined;
  const call = await limited(DURATION);
  const quietly = () => call().catch(() => undefined);
  for (let i = 0; i < 5; i++) await Promise.all(Array.from({ length: 200 }, quietly));
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const calls = [];
  for (let started = 0; started < COUNT; started += SLICE) {
    for (let i = 0; i < SLICE; i++) calls.push(quietly());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(calls);
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  return { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, cpu: (user + system) / 1e3 };
}
