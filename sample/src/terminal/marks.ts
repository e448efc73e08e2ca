import type { Paint } from './paint.js';

/** How a state of a breaker looks: a shape as well as a colour, because not everybody sees colours. */
const MARKS: Readonly<Record<string, readonly [shape: string, colour: 'green' | 'yellow' | 'red']>> = {
  closed: ['●', 'green'],
  half_open: ['◐', 'yellow'],
  disabled: ['◌', 'yellow'],
  metrics_only: ['◌', 'yellow'],
  open: ['✖', 'red'],
  isolated: ['✖', 'red'],
};

export function markOf(state: string, paint: Paint, width = 0): string {
  const [shape, colour] = MARKS[state] ?? ['?', 'yellow'];
  return paint(colour, `${shape} ${state.replaceAll('_', '-')}`.padEnd(width));
}
