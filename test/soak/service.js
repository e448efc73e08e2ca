import { setTimeout as sleep } from 'node:timers/promises';

const DOWN = new Error('down');
const NOT_FOUND = Object.assign(new Error('not found'), { status: 404 });

/** A method that behaves as services do, and now and then worse. Each has spells in which it mostly fails. */
export class Service {
  isDown = false;

  constructor(random) {
    this.random = random;
  }

  call(context) {
    const { random } = this;
    if (this.isDown && random.chance(0.8)) return random.chance(0.5) ? Promise.reject(DOWN) : this.throws();
    switch (random.below(12)) {
      case 0:
        return 'at once';
      case 1:
        return this.throws();
      case 2:
        return Promise.reject(NOT_FOUND);
      case 3:
        return sleep(random.below(40), 'slow');
      case 4:
        return new Promise((resolve) => setImmediate(resolve, 'soon'));
      case 5:
        return sleep(5 + random.below(60), 'heeding', { signal: context.signal });
      case 6:
        return { then: (resolve) => resolve('thenable') };
      case 7:
        return sleep(120, 'deaf'); // past every limit
      default:
        return Promise.resolve('fine');
    }
  }

  async *items(context) {
    const count = this.random.below(5);
    for (let i = 0; i < count; i++) {
      if (this.random.chance(0.2)) await sleep(this.random.below(10));
      if (this.isDown && this.random.chance(0.3)) throw DOWN;
      if (context.signal.aborted) return;
      yield i;
    }
  }

  throws() {
    throw DOWN;
  }
}
