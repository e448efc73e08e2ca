/** The machine's clock, and how many of its timers are waiting. */
export class CountingClock {
  pending = 0;

  now() {
    return performance.now();
  }

  wall() {
    return Date.now();
  }

  schedule(delay, task, keepAlive) {
    let isWaiting = true;
    this.pending++;
    const done = () => {
      if (isWaiting) this.pending--;
      isWaiting = false;
    };
    const handle = setTimeout(() => {
      done();
      task();
    }, delay);
    if (!keepAlive) handle.unref();
    return {
      cancel() {
        done();
        clearTimeout(handle);
      },
    };
  }
}
