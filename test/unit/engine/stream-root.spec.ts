import { describe, expect, it } from '@jest/globals';

import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Scope,
  StreamCall,
  TimeoutPolicy,
  compose,
} from '../../../lib/engine/index.js';
import type { CallContext, ExecuteOptions, StreamShape, StreamSink } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

interface Told {
  readonly isPushed?: boolean;
  readonly isBusy?: boolean;
  readonly options?: ExecuteOptions;
  readonly next?: (item: unknown) => void;
  readonly stop?: () => PromiseLike<unknown> | undefined;
}

/** A stream whose source says what the test says. */
function fixture({ isPushed = true, isBusy = true, options, next, stop = () => undefined }: Told = {}) {
  const clock = new ManualClock();
  const faults: unknown[] = [];
  const scope = new Scope({ clock, onFault: (...fault) => void faults.push(fault) });
  const breaker = new CircuitBreakerPolicy('rows', CIRCUIT_BREAKER_DEFAULTS, scope);
  const timeout = new TimeoutPolicy('', { enabled: true, duration: 1_000 }, scope);
  const { pipeline } = compose(breaker, timeout);
  const heard: unknown[] = [];
  let sink!: StreamSink;
  let context!: CallContext;
  const made = (of: CallContext, to: StreamSink) => {
    [context, sink] = [of, to];
    return { isBusy, start: () => {}, pull: () => {}, stop };
  };
  const shape: StreamShape = { isPushed, source: made, substitute: (_, to) => made(context, to) };
  const consumer: StreamSink = {
    next: next ?? ((item) => heard.push(item)),
    error: (error) => heard.push(['error', error]),
    complete: (result) => heard.push(['end', result]),
  };
  const call = new StreamCall(pipeline, shape, consumer, options);
  const totals = () => breaker.snapshot().totals;
  return { clock, scope, breaker, faults, heard, call, totals, source: () => sink, context: () => context };
}

describe('a stream', () => {
  it('tells its source that it is one, and what was said of the call', () => {
    const { call, context } = fixture({ options: { operation: 'Rows.all', args: [1] } });
    call.start();
    expect(context()).toMatchObject({ isStream: true, operation: 'Rows.all', args: [1] });
  });

  it('that is pushed can be aborted by a shutdown between two items, one that is asked for has nothing to abort', () => {
    for (const isPushed of [true, false]) {
      const { call, scope, source } = fixture({ isPushed });
      call.start();
      expect(scope.abortable.has(call)).toBe(true);
      source().next(1);
      expect(scope.abortable.has(call)).toBe(isPushed);
      call.pull();
      expect(scope.abortable.has(call)).toBe(true);
      source().complete('result');
      call.pull();
      expect(scope.abortable.size).toBe(0);
    }
  });

  it('that is pushed has its next item under the same time limit, though its consumer throws at one', async () => {
    const { call, clock, source, heard } = fixture({
      next: () => {
        throw new Error('mine');
      },
    });
    call.start();
    expect(() => source().next(1)).toThrow('mine');
    await clock.advance(1_000);
    expect(heard).toEqual([['error', expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' })]]);
  });

  it('that is pushed can be aborted by a shutdown while its consumer has an item, too', () => {
    const could: boolean[] = [];
    const { call, scope, source } = fixture({ next: () => could.push(scope.abortable.has(call)) });
    call.start();
    source().next(1);
    source().next(2);
    expect(could).toEqual([true, true]);
  });

  it('that is asked for has no time limit while nobody asks', async () => {
    const { call, clock, source, heard } = fixture({ isPushed: false });
    call.start();
    source().next(1);
    await clock.advance(5_000);
    expect(heard).toEqual([1]);
    call.pull();
    await clock.advance(1_000);
    expect(heard).toEqual([1, ['error', expect.objectContaining({ code: 'ERR_CALL_TIMEOUT' })]]);
  });

  it('that is left says why to its work', () => {
    const { call, context, heard, totals } = fixture();
    call.start();
    const { signal } = context();
    call.stop();
    expect(signal.reason).toBeInstanceOf(DOMException);
    expect(signal.reason).toMatchObject({ name: 'AbortError', message: 'The stream was left before its end' });
    expect(heard).toEqual([]);
    expect(totals()).toMatchObject({ calls: 1, ignored: 1 });
  });

  it('that never began may be asked for items, left and aborted: nothing happens', () => {
    const { call, heard, scope } = fixture();
    call.pull();
    call.abort('gone');
    expect(heard).toEqual([]);
    call.stop();
    call.start();
    expect([heard, scope.active]).toEqual([[], 0]);
  });

  it('of a caller who is gone already ends there, and counts nowhere', () => {
    const signal = AbortSignal.abort('gone');
    const { call, heard, scope, totals } = fixture({ options: { signal } });
    call.start();
    call.start();
    expect(heard).toEqual([['error', 'gone']]);
    expect([scope.active, scope.abortable.size, totals().calls]).toEqual([0, 0, 0]);
  });

  it('of a caller who goes ends with their reason, and is a stranger to them once it has ended', () => {
    const controller = new AbortController();
    const left = fixture({ options: { signal: controller.signal } });
    left.call.start();
    const ended = fixture({ options: { signal: controller.signal } });
    ended.call.start();
    ended.source().complete();
    controller.abort('gone');
    expect(left.heard).toEqual([['error', 'gone']]);
    expect(left.totals()).toMatchObject({ calls: 1, ignored: 1 });
    expect(ended.heard).toEqual([['end', undefined]]);
    expect(ended.totals()).toMatchObject({ calls: 1, successes: 1 });
  });
});

describe('a source that is stopped', () => {
  it('is interrupted at once where it works on an item', () => {
    const { call, context } = fixture({ isBusy: true, stop: () => new Promise(() => {}) });
    call.start();
    const { signal } = context();
    call.stop();
    expect(signal.aborted).toBe(true);
  });

  it('may first leave in its own way where it waits to be asked', async () => {
    for (const end of ['kept', 'broken']) {
      let leave!: () => void;
      const leaving = new Promise<void>((resolve, reject) => {
        leave = () => (end === 'kept' ? resolve() : reject(new Error('unclean')));
      });
      const { call, context, breaker } = fixture({ isBusy: false, stop: () => leaving });
      call.start();
      const { signal } = context();
      call.stop();
      expect([signal.aborted, breaker.snapshot().inFlight]).toEqual([false, 0]);
      leave();
      await leaving.catch(() => undefined);
      await Promise.resolve();
      expect(signal.aborted).toBe(true);
    }
  });

  it('and throws is reported, and over all the same', () => {
    const fault = new Error('no teardown');
    const { call, context, faults, totals } = fixture({
      isBusy: false,
      stop: () => {
        throw fault;
      },
    });
    call.start();
    const { signal } = context();
    call.stop();
    expect(faults).toEqual([[fault, 'the teardown of a stream']]);
    expect(signal.aborted).toBe(true);
    expect(totals()).toMatchObject({ calls: 1, ignored: 1 });
  });
});
