// Stands for node:async_hooks in specs: Node slows down each promise for every storage that was ever in use, which
// matters where all specs run in one process, hundreds of times.
import { AsyncLocalStorage as NodeStorage } from 'node:async_hooks';

const inUse = new Set();

export class AsyncLocalStorage extends NodeStorage {
  run(...call) {
    inUse.add(this);
    return super.run(...call);
  }

  enterWith(value) {
    inUse.add(this);
    super.enterWith(value);
  }
}

globalThis.afterEach(() => {
  for (const storage of inUse) storage.disable();
  inUse.clear();
});
