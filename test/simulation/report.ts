export type Cell = string | number;

/** Several runs on common axes. */
export interface Plot {
  readonly title: string;
  /** The end of the image's name. */
  readonly file: string;
  readonly x: string;
  /** Both axes. */
  readonly isLogarithmic?: boolean;
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a scenario has shown. */
export interface Report {
  readonly title: string;
  /** What was simulated, in a sentence or two. */
  readonly setup: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  readonly plots?: readonly Plot[];
  /** What follows from it, told by the numbers. */
  readonly conclusion: string;
}

export interface ScenarioOptions {
  readonly seed: number;
  /** A small fleet, for a look. */
  readonly isQuick: boolean;
}

export type Scenario = (options: ScenarioOptions) => Promise<Report>;

/** Whole numbers with separators, others with one digit; a dash for what never was. */
export function format(value: Cell): string {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(1);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, each) => sum + each, 0) / values.length;
