import type { Stage } from '../stage/stage.js';
import { ServicePresetsModule } from './service-presets.module.js';

export const title = 'Presets by kind of service, one of your own, and one option over a preset.';
export const recipe = ServicePresetsModule;

export async function story({ registry, tell }: Stage): Promise<void> {
  for (const { name, options } of registry.snapshot()) {
    const { preset, failureRatio, minimumThroughput, samplingDuration, breakDuration, timeout } = options;
    tell(
      `${name}: ${String(preset)}; opens at ${String(failureRatio)} of at least ${String(minimumThroughput)} calls in ` +
        `${Number(samplingDuration) / 1_000} s, for ${Number(breakDuration) / 1_000} s` +
        (timeout === null ? '' : `; ${Number(timeout) / 1_000} s a call`),
    );
  }
}
