import type { PolicyRegistry } from 'nest-circuit-breaker';

import type { Move } from '../processes/messages.js';

const MOVES = ['opened', 'half_opened', 'closed'] as const;

/** Tells each move of one breaker, and how many calls it had admitted, and seen fail, until then. */
export function chronicle(registry: PolicyRegistry, name: string, tell: (move: Move) => void): void {
  const breaker = registry.circuitBreaker(name);
  for (const type of MOVES) {
    registry.on(type, (event) => {
      if (event.policy !== 'circuit_breaker' || event.name !== name) return;
      const { calls, failures } = breaker.snapshot().totals;
      tell({ to: event.to, reason: event.reason, at: event.at.getTime(), calls, failures });
    });
  }
}
