import type { Move } from '../processes/messages.js';

/** How one storefront lived through the outage. Times in ms, `null` where it never came to that. */
export interface Account {
  /** Failing calls it took part in before its breaker was open. */
  readonly failures: number | null;
  readonly openedAfter: number | null;
  /** It followed the others, without evidence enough of its own. */
  readonly hasFollowed: boolean;
  /** Calls it let through to see whether payments were back while they were not, and once they were. */
  readonly vainProbes: number;
  readonly probes: number;
  readonly closedAfter: number | null;
}

/** One of the storefronts, and what became of its breaker. */
export class Storefront {
  readonly moves: Move[] = [];

  constructor(
    readonly number: number,
    readonly perSecond: number,
  ) {}

  get state(): string {
    return this.moves.at(-1)?.to ?? 'closed';
  }

  /** The outage from `illAt` to `healedAt`, by the wall clock. */
  account(illAt: number, healedAt: number): Account {
    const { moves } = this;
    const opened = moves.find(({ to }) => to === 'open');
    const closed = moves.findLast(({ to }) => to === 'closed');
    const isClosed = closed !== undefined && closed === moves.at(-1);
    let [vainProbes, probes] = [0, 0];
    for (const [index, { to, at, calls }] of moves.entries()) {
      if (to !== 'half_open') continue;
      const sent = (moves[index + 1]?.calls ?? calls) - calls;
      if (at < healedAt) vainProbes += sent;
      else probes += sent;
    }
    return {
      failures: opened?.failures ?? null,
      openedAfter: opened === undefined ? null : opened.at - illAt,
      hasFollowed: opened?.reason === 'cluster',
      vainProbes,
      probes,
      closedAfter: isClosed ? closed.at - healedAt : null,
    };
  }
}
