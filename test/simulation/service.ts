import type { Random } from '../../lib/engine/index.js';
import type { VirtualTime } from './virtual-time.js';

/** What the instances call. */
export class Service {
  /** Whether it answers an instance's calls through a breaker; an error is what others get. */
  isWell: (instance: number, breaker: string) => boolean = () => true;
  calls = 0;
  failures = 0;

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    /** On average, in ms. */
    private readonly duration: number,
  ) {}

  answer(instance: number, breaker: string): Promise<void> {
    this.calls++;
    const took = this.duration * (0.5 - 0.5 * Math.log(1 - this.random()));
    return new Promise((resolve, reject) => {
      const end = (): void => {
        if (this.isWell(instance, breaker)) return resolve();
        this.failures++;
        reject(DOWN);
      };
      this.time.schedule(took, end);
    });
  }
}

const DOWN = new Error('down');
