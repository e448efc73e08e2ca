import type { FleetView } from './answer.js';

/** An answer beside what was known: the same, a later move, another incarnation, or less than was known when asking. */
export type Reading = 'same' | 'newer' | 'other' | 'reverted';

/**
 * What an instance knows of how its fleet stands. A published move counts where it is newer; only an answer, which
 * Redis gives to a question, leads to another incarnation, or back: to what was the case before a fail-over lost the
 * last moves, or before somebody published a false one.
 */
export class Standing {
  incarnation: string | null = null;
  epoch = 0;
  votes = 0;

  note({ i, e, votes }: Pick<FleetView, 'i' | 'e'> & { readonly votes?: number }): void {
    this.incarnation = i;
    this.epoch = e;
    this.votes = votes ?? this.votes;
  }

  isNews({ i, e }: FleetView): boolean {
    return i === this.incarnation && e > this.epoch;
  }

  /** To be called when a question is sent: how its answer is to be read. */
  question(): (answer: FleetView) => Reading {
    const asked = this.epoch;
    return ({ i, e }) => {
      if (i !== this.incarnation) return 'other';
      if (e > this.epoch) return 'newer';
      // while the question was on its way a move may have been heard that the answer doesn't know
      return e < asked && asked === this.epoch ? 'reverted' : 'same';
    };
  }
}
