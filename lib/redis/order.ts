import type { ManualState } from '../engine/index.js';
import type { Command } from './answer.js';

/** Operators' words are cut, so that they can't fill Redis. */
const MAX_WORDS = 200;

/** What somebody has done here by hand, and the fleet is still to be told. */
export class Order {
  isUnderWay = false;

  constructor(
    readonly command: Command,
    private readonly manual: ManualState,
  ) {}

  /** As the script takes it; `left` ms of an isolation remain, -1 without end. */
  args(left: number): readonly (string | number)[] {
    const { command } = this;
    const { actor = '', reason = '' } = this.manual;
    const said = [command, actor.slice(0, MAX_WORDS), reason.slice(0, MAX_WORDS)];
    return command === 'isolate' ? ['isolated', left, ...said] : ['closed', 0, ...said];
  }
}
