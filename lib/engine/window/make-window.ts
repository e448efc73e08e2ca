import { CountWindow } from './count-window.js';
import { TimeWindow } from './time-window.js';
import type { Window } from './window.js';

/** How much a window holds: the last `samplingSize` calls, or else the last `samplingDuration` ms. */
export interface WindowShape {
  readonly samplingSize: number | null;
  readonly samplingDuration: number | null;
}

export function makeWindow(shape: WindowShape): Window {
  return shape.samplingSize === null
    ? new TimeWindow(shape.samplingDuration as number)
    : new CountWindow(shape.samplingSize);
}
