/** The presets that come with the package: the first five by kind of service, the others by criticality. */
export const PRESETS = Object.freeze({
  'critical-api': by(0.35, 15, '1m', '45s'),
  database: by(0.65, 20, '20s', '90s'),
  cache: by(0.85, 25, '10s', '45s'),
  'external-api': by(0.5, 10, '2m', '90s'),
  'file-system': by(0.75, 15, '30s', '45s'),
  critical: inARow(10, '30s', 3),
  important: inARow(5, '1m', 2),
  standard: inARow(3, '2m', 1),
});

/** The name of a built-in preset. */
export type PresetName = keyof typeof PRESETS;

export const isBuiltInPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

function by(failureRatio: number, minimumThroughput: number, breakDuration: string, samplingDuration: string) {
  return Object.freeze({ failureRatio, minimumThroughput, breakDuration, samplingDuration });
}

function inARow(failureThreshold: number, breakDuration: string, successThreshold: number) {
  return Object.freeze({ failureThreshold, breakDuration, successThreshold });
}
