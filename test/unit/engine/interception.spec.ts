import { describe, expect, it } from '@jest/globals';

import { CIRCUIT_BREAKER_DEFAULTS, CircuitBreakerPolicy, Scope, StreamCall } from '../../../lib/engine/index.js';
import type { CallContext, StreamSource } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

/** A breaker beneath which every piece of work waits until the test lets it go on. */
function fixture() {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (...fault) => void faults.push(fault) });
  const breaker = new CircuitBreakerPolicy('rows', CIRCUIT_BREAKER_DEFAULTS, scope);
  let go!: () => void;
  let refuse!: (error: unknown) => void;
  const before = (): Promise<void> =>
    new Promise((resolve, reject) => {
      go = resolve;
      refuse = reject;
    });
  scope.interceptor = { admitted: () => undefined, before };
  const totals = () => breaker.snapshot().totals;
  return { clock, scope, breaker, faults, totals, go: () => go(), refuse: (error: unknown) => refuse(error) };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function* upTo(n: number): AsyncGenerator<number, void> {
  for (let i = 1; i <= n; i++) yield i;
}

/** A source that says nothing, and writes down what it is asked. */
function quiet(): StreamSource & { readonly asked: string[] } {
  const asked: string[] = [];
  const note = (what: string) => (): undefined => void asked.push(what);
  return { asked, isBusy: false, start: note('start'), pull: note('pull'), stop: note('stop') };
}

describe('work that is held up', () => {
  it('runs once it may, with its answer', async () => {
    const { breaker, go } = fixture();
    let ran = false;
    const answer = breaker.execute(() => (ran = true));
    await turn();
    expect(ran).toBe(false);
    go();
    await expect(answer).resolves.toBe(true);
  });

  it('never runs where something else takes its place', async () => {
    const { breaker, refuse, totals } = fixture();
    let ran = false;
    const answer = breaker.execute(() => (ran = true));
    refuse(new RangeError('instead'));
    await expect(answer).rejects.toThrow(new RangeError('instead'));
    expect([ran, totals().failures]).toEqual([false, 1]);
  });
});

describe('a stream that is held up', () => {
  it('begins once it may, and goes on as any other', async () => {
    const { breaker, go, totals } = fixture();
    let opened = 0;
    const rows = breaker.iterate(() => (opened++, upTo(2)));
    const first = rows.next();
    await turn();
    expect(opened).toBe(0);
    go();
    expect(await first).toEqual({ done: false, value: 1 });
    expect(await rows.next()).toEqual({ done: false, value: 2 });
    expect(await rows.next()).toEqual({ done: true, value: undefined });
    expect(totals()).toMatchObject({ calls: 1, successes: 1 });
  });

  it('fails with what takes its place, and with what its source throws then', async () => {
    const { breaker, go, refuse, totals } = fixture();
    const refused = breaker.iterate(() => upTo(2)).next();
    refuse(new RangeError('instead'));
    await expect(refused).rejects.toThrow(new RangeError('instead'));
    const broken = breaker.iterate(() => ({}) as never).next();
    go();
    await expect(broken).rejects.toThrow('expected an AsyncIterable to guard');
    expect(totals()).toMatchObject({ calls: 2, failures: 2 });
  });

  it('that is left before it may begin never does', async () => {
    const { breaker, scope, faults, go, totals } = fixture();
    let opened = 0;
    let signal: AbortSignal | undefined;
    const rows = breaker.iterate((context) => {
      ({ signal } = context);
      opened++;
      return upTo(2);
    });
    const first = rows.next();
    expect(await rows.return(7)).toEqual({ done: true, value: 7 });
    expect(await first).toEqual({ done: true, value: undefined });
    go();
    await turn();
    expect([opened, signal, scope.active]).toEqual([0, undefined, 0]);
    expect(faults).toEqual([]);
    expect(totals()).toMatchObject({ calls: 1, ignored: 1 });
  });

  it('is interrupted where it works on an item, and may leave in its own way where it waits to be asked', async () => {
    for (const isBusy of [true, false]) {
      const { breaker, go } = fixture();
      let signal!: AbortSignal;
      const hangs = (): Promise<never> => new Promise(() => {});
      const source = { ...quiet(), isBusy, stop: hangs };
      const shape = {
        isPushed: false,
        source: (context: CallContext) => {
          ({ signal } = context);
          return source;
        },
        substitute: () => source,
      };
      const consumer = { next: () => undefined, error: () => undefined, complete: () => undefined };
      const call = new StreamCall(breaker.pipeline, shape, consumer, undefined);
      call.start();
      go();
      await turn();
      call.stop();
      expect(signal.aborted).toBe(isBusy);
    }
  });

  it('hands on to its source what is asked once it has begun, and nothing before', async () => {
    const { breaker, go } = fixture();
    const source = quiet();
    const shape = { isPushed: false, source: () => source, substitute: () => source };
    const consumer = { next: () => undefined, error: () => undefined, complete: () => undefined };
    const call = new StreamCall(breaker.pipeline, shape, consumer, undefined);
    call.start();
    call.pull();
    expect(source.asked).toEqual([]);
    go();
    await turn();
    call.pull();
    call.stop();
    expect(source.asked).toEqual(['start', 'pull', 'stop']);
  });
});
