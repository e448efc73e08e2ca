// Black-box scenarios: each takes a library's adapter, and throws what it found where the rule is broken. They run in
// real time, one process each, so that a library is free to use whatever clock and timers it likes.
import { AsyncLocalStorage } from 'node:async_hooks';
import { getEventListeners } from 'node:events';

const BREAK = 80;
const HOUR = 3_600_000;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function expect(isAsItShould, found) {
  if (!isAsItShould) throw new Error(found);
}

/** How a promise ended; a synchronous throw is told apart. */
async function settle(step) {
  let promise;
  try {
    promise = step();
  } catch (error) {
    return { ok: false, error, isSynchronous: true };
  }
  return promise.then(
    (value) => ({ ok: true, value }),
    (error) => ({ ok: false, error }),
  );
}

const failWith = (guard, error) => settle(() => guard.run(() => Promise.reject(error)));
const fail = (guard) => failWith(guard, new Error('down'));
const succeed = (guard, value = 'fine') => settle(() => guard.run(() => Promise.resolve(value)));

/** A call that ends when told. */
function hang(guard, signal) {
  const call = { hasRun: false, settled: undefined };
  let end;
  const promise = new Promise((resolve, reject) => (end = { resolve, reject }));
  promise.catch(() => {});
  call.answer = settle(() => guard.run((own) => ((call.hasRun = true), (call.signal = own), promise), signal)).then(
    (settled) => (call.settled = settled),
  );
  call.succeed = async (value) => (end.resolve(value), await sleep(5));
  call.fail = async (error = new Error('late')) => (end.reject(error), await sleep(5));
  return call;
}

async function runs(guard) {
  let hasRun = false;
  await settle(() => guard.run(async () => void (hasRun = true)));
  return hasRun;
}

/** Fails until it opens: how many failures that takes is not the question here. */
async function trip(guard) {
  for (let i = 0; i < 20 && (await guard.state()) !== 'open'; i++) await fail(guard);
  expect(!(await runs(guard)), 'it did not open at all');
}

async function halfOpenSoon(guard) {
  await trip(guard);
  await sleep(BREAK + 30);
}

/** Moves what the wall clock says, as a time server or an operator does. */
function stepWallClock(ms) {
  const RealDate = Date;
  const { now } = RealDate;
  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [now() + ms] : parts));
    }
    static now() {
      return now() + ms;
    }
  };
}

async function unhandledBy(step) {
  const raised = [];
  process.on('unhandledRejection', (error) => raised.push(error));
  await step();
  await sleep(60);
  return raised;
}

export const scenarios = [
  {
    rule: 1,
    title: '50 calls at the end of the break: one probe runs, the others are refused at once',
    async run({ make }) {
      const guard = make({});
      await halfOpenSoon(guard);
      const calls = Array.from({ length: 50 }, () => hang(guard));
      await sleep(20);
      const running = calls.filter(({ hasRun }) => hasRun).length;
      const waiting = calls.filter(({ hasRun, settled }) => !hasRun && settled === undefined).length;
      for (const call of calls) await call.succeed();
      expect(running === 1, `${running} ran at once`);
      expect(waiting === 0, `${waiting} were parked`);
    },
  },
  ...['success', 'failure'].map((what, index) => ({
    rule: 2 + index,
    title: `a ${what} of the closed period that arrives in half-open is ignored`,
    async run({ make }) {
      const guard = make({});
      const early = hang(guard);
      await halfOpenSoon(guard);
      const probe = hang(guard);
      await sleep(10);
      expect((await guard.state()) === 'half_open', `it was ${await guard.state()} with a probe under way`);
      await (what === 'success' ? early.succeed() : early.fail());
      await sleep(5);
      expect((await guard.state()) === 'half_open', `it became ${await guard.state()}`);
      await probe.succeed();
    },
  })),
  {
    rule: 4,
    title: 'a failure of an earlier closed period does not open a new one',
    async run({ make }) {
      const guard = make({ threshold: 1 });
      const early = hang(guard);
      await trip(guard);
      await sleep(BREAK + 30);
      await succeed(guard);
      expect(await runs(guard), 'it did not recover');
      await early.fail();
      expect(await runs(guard), 'it opened');
    },
  },
  {
    rule: 5,
    title: 'a probe that never settles does not keep it from recovering',
    async run({ make }) {
      const guard = make({ probeMs: BREAK });
      await halfOpenSoon(guard);
      const lost = hang(guard);
      await sleep(5);
      expect(lost.hasRun, 'there was no probe');
      for (let i = 0; i < 40; i++) {
        await sleep(25);
        let hasRun = false;
        void settle(() => guard.run(async () => void (hasRun = true)));
        await sleep(5);
        if (hasRun) return;
      }
      throw new Error('nothing ran for a second, with a break of 80 ms');
    },
  },
  {
    rule: 7,
    title: 'a probe that its caller cancels gives its permit back and decides nothing',
    needs: 'signal',
    async run({ make }) {
      const guard = make({});
      await halfOpenSoon(guard);
      const caller = new AbortController();
      const probe = hang(guard, caller.signal);
      await sleep(5);
      caller.abort();
      await probe.fail(caller.signal.reason);
      expect((await guard.state()) === 'half_open', `it became ${await guard.state()}`);
      expect(await runs(guard), 'no other probe ran');
    },
  },
  {
    rule: 8,
    title: 'a probe that ends in an ignored error neither closes nor reopens',
    needs: 'ignore',
    async run({ make }) {
      const guard = make({ ignore: (error) => error.status === 404 });
      await halfOpenSoon(guard);
      await failWith(guard, Object.assign(new Error('not found'), { status: 404 }));
      expect((await guard.state()) === 'half_open', `it became ${await guard.state()}`);
      expect(await runs(guard), 'no other probe ran');
    },
  },
  {
    rule: 13,
    title: 'failures in one tick open it once',
    needs: 'abort',
    async run({ make }) {
      const guard = make({ threshold: 1 });
      let opened = 0;
      guard.on('open', () => opened++);
      await Promise.all([fail(guard), fail(guard), fail(guard)]);
      await sleep(5);
      expect(opened === 1, `it told of ${opened} openings`);
    },
  },
  {
    rule: 15,
    title: 'the wall clock steps back an hour: it recovers on time',
    async run({ make }) {
      const guard = make({});
      await trip(guard);
      stepWallClock(-HOUR);
      await sleep(BREAK + 100);
      expect(await runs(guard), 'it stayed open');
    },
  },
  {
    rule: 16,
    title: 'the wall clock steps forward an hour: no early probe',
    async run({ make }) {
      const guard = make({ breakMs: 1_000 });
      await trip(guard);
      stepWallClock(HOUR);
      await sleep(20);
      expect(!(await runs(guard)), 'a probe ran 980 ms early');
    },
  },
  {
    rule: 19,
    title: 'an idle gap longer than the window forgets what was before',
    needs: 'window',
    async run({ make }) {
      const guard = make({ window: { ms: 200, minimum: 4, ratio: 0.5 }, breakMs: 5_000 });
      for (let i = 0; i < 3; i++) await fail(guard);
      await sleep(700);
      await fail(guard);
      expect(await runs(guard), 'one failure after the gap opened it');
    },
  },
  {
    rule: 20,
    title: 'a break over 2^31-1 ms is an error, or at least no break of 1 ms',
    async run({ make }) {
      let guard;
      try {
        guard = make({ breakMs: 2 ** 31 });
      } catch {
        return;
      }
      await trip(guard);
      await sleep(50);
      expect(!(await runs(guard)), 'the break was over within 50 ms');
    },
  },
  {
    rule: 22,
    title: 'one call under the minimum stays closed, the minimum opens',
    needs: 'window',
    async run({ make }) {
      const guard = make({ window: { ms: 2_000, minimum: 4, ratio: 0.5 }, breakMs: 5_000 });
      for (let i = 0; i < 3; i++) await fail(guard);
      expect((await guard.state()) === 'closed', 'three of four were enough');
      await fail(guard);
      expect(!(await runs(guard)), 'four were not enough');
    },
  },
  {
    rule: 23,
    title: 'a share exactly at the threshold opens',
    needs: 'window',
    async run({ make }) {
      const guard = make({ window: { ms: 2_000, minimum: 4, ratio: 0.5 }, breakMs: 5_000 });
      await succeed(guard);
      await succeed(guard);
      await fail(guard);
      await fail(guard);
      expect(!(await runs(guard)), 'two of four at 0.5 did not');
    },
  },
  {
    rule: 24,
    title: 'calls under way do not dilute the ratio',
    needs: 'window',
    async run({ make }) {
      const guard = make({ window: { ms: 5_000, minimum: 40, ratio: 0.5 }, breakMs: 5_000 });
      for (let i = 0; i < 100; i++) hang(guard);
      await sleep(5);
      for (let i = 0; i < 40; i++) await fail(guard);
      expect(!(await runs(guard)), '40 failures of 40 ended calls left it closed');
    },
  },
  {
    rule: 28,
    title: 'a synchronous throw equals a rejection',
    async run({ make }) {
      const guard = make({});
      for (let i = 0; i < 3; i++) {
        const { ok, isSynchronous } = await settle(() => {
          const promise = guard.run(() => {
            throw new Error('at once');
          });
          return promise;
        });
        expect(!ok && isSynchronous !== true, 'it threw instead of rejecting');
      }
      expect(!(await runs(guard)), 'it was not counted');
    },
  },
  {
    rule: 29,
    title: 'undefined and null are fine results, of plain functions too',
    async run({ make }) {
      const guard = make({});
      for (const value of [undefined, null]) {
        expect((await settle(() => guard.run(async () => value))).ok, `${value} of a promise was rejected`);
        expect((await settle(() => guard.run(() => value))).ok, `${value} of a function was rejected`);
      }
    },
  },
  {
    rule: 30,
    title: 'thrown strings, undefined and frozen objects survive untouched',
    async run({ make }) {
      const guard = make({ threshold: 100 });
      for (const error of ['a string', undefined, null, 0, Object.freeze(new Error('frozen'))]) {
        const settled = await failWith(guard, error);
        expect(!settled.ok, `${String(error)} became a result`);
        expect(Object.is(settled.error, error), `${String(error)} became ${String(settled.error)}`);
      }
    },
  },
  {
    rule: 31,
    title: 'thenables: a hostile getter rejects, a double settle counts once, its result is that of the call',
    async run({ make }) {
      const guard = make({});
      const good = { then: (resolve) => resolve('fine') };
      expect((await settle(() => guard.run(() => good))).value === 'fine', 'a thenable was not followed');
      const hostile = Object.defineProperty({}, 'then', {
        get() {
          throw new Error('no');
        },
      });
      const settled = await settle(() => guard.run(() => hostile));
      expect(!settled.ok && settled.isSynchronous !== true, 'a hostile getter did not reject');
      const twice = { then: (resolve, reject) => (resolve('one'), reject(new Error('two'))) };
      expect((await settle(() => guard.run(() => twice))).value === 'one', 'a double settle went wrong');
    },
  },
  {
    rule: 32,
    title: 'the caller gets the very object that was thrown, unchanged',
    async run({ make }) {
      const error = new Error('down');
      const keys = Reflect.ownKeys(error).length;
      const settled = await failWith(make({}), error);
      expect(settled.error === error, 'it is another object');
      expect(Reflect.ownKeys(error).length === keys, 'it was given new fields');
    },
  },
  {
    rule: 40,
    title: 'a listener that throws changes nothing for the caller',
    async run({ make }) {
      const guard = make({ threshold: 1 });
      guard.on('success', () => {
        throw new Error('a bug in a listener');
      });
      expect((await succeed(guard)).ok, 'a success became a rejection');
      try {
        guard.on('open', () => {
          throw new Error('a bug in a listener');
        });
      } catch {
        return;
      }
      const error = new Error('down');
      expect((await failWith(guard, error)).error === error, 'the error was replaced');
    },
  },
  {
    rule: 41,
    title: 'a listener may reset the breaker when it opens',
    needs: 'reset',
    async run({ make }) {
      const guard = make({ threshold: 1 });
      guard.on('open', () => guard.reset());
      const error = new Error('down');
      expect((await failWith(guard, error)).error === error, 'the error was replaced');
      expect(await runs(guard), 'it is open');
      expect((await guard.state()) === 'closed', `it is ${await guard.state()}`);
    },
  },
  {
    rule: 42,
    title: 'a fallback that throws: its error reaches the caller, with the first as cause',
    needs: 'fallback',
    async run({ make }) {
      const own = new Error('no cache');
      const guard = make({
        fallbackWith: () => {
          throw own;
        },
      });
      const error = new Error('down');
      const settled = await failWith(guard, error);
      expect(settled.error === own, `the caller got ${String(settled.error)}`);
      expect(settled.error.cause === error, 'it has no cause');
    },
  },
  {
    rule: 43,
    title: 'a fallback that calls the same breaker is refused like anyone',
    needs: 'fallback',
    async run({ make }) {
      let asked = 0;
      const guard = make({
        fallbackWith: async () => (++asked > 5 ? 'too deep' : (await settle(() => guard.run(async () => 'ran'))).value),
      });
      for (let i = 0; i < 3; i++) await fail(guard);
      asked = 0;
      await Promise.race([fail(guard), sleep(500)]);
      expect(asked <= 6, `it was asked ${asked} times`);
    },
  },
  {
    rule: 45,
    title: 'the loser of a timeout rejects unseen',
    async run({ make }) {
      const guard = make({ timeoutMs: 30 });
      const raised = await unhandledBy(async () => {
        const call = hang(guard);
        await sleep(60);
        expect(call.settled?.ok === false, 'it did not time out');
        await call.fail();
      });
      expect(raised.length === 0, `${raised.length} unhandled rejections`);
    },
  },
  {
    rule: 46,
    title: 'work that outlives its timeout keeps its bulkhead place',
    needs: 'bulkhead',
    async run({ makeBulkhead }) {
      const bulkhead = makeBulkhead({ maxConcurrent: 1, timeoutMs: 30 });
      const first = hang(bulkhead);
      await sleep(60);
      expect(first.settled?.ok === false, 'it did not time out');
      const second = hang(bulkhead);
      await sleep(10);
      expect(!second.hasRun, 'two ran at once in one place');
    },
  },
  {
    rule: 47,
    title: 'a timeout aborts the signal of its own call, and of no other',
    needs: 'abort',
    async run({ make }) {
      const guard = make({ timeoutMs: 60, threshold: 10, controller: new AbortController() });
      const first = hang(guard);
      await sleep(40);
      const second = hang(guard);
      await sleep(40);
      expect(first.signal?.aborted === true, 'its own signal was not aborted');
      expect(second.signal?.aborted === false, "a healthy call's signal was aborted");
    },
  },
  {
    rule: 48,
    title: "1,000 calls with one caller's signal leave no listener behind",
    needs: 'signal',
    async run({ make }) {
      const guard = make({ timeoutMs: 1_000 });
      const { signal } = new AbortController();
      for (let i = 0; i < 1_000; i++) await settle(() => guard.run(async () => i, signal));
      const left = getEventListeners(signal, 'abort').length;
      expect(left === 0, `${left} were left`);
    },
  },
  {
    rule: 49,
    title: 'a signal that is aborted before the call: nothing runs, nothing is counted',
    needs: 'signal',
    async run({ make }) {
      const guard = make({ threshold: 1 });
      let hasRun = false;
      const settled = await settle(() => guard.run(async () => void (hasRun = true), AbortSignal.abort()));
      expect(!hasRun, 'the method ran');
      expect(!settled.ok, 'the call did not reject');
      expect(await runs(guard), 'it was counted as a failure');
    },
  },
  {
    rule: 53,
    title: "queued calls run in their own caller's AsyncLocalStorage context",
    needs: 'queue',
    async run({ makeBulkhead }) {
      const requests = new AsyncLocalStorage();
      const bulkhead = makeBulkhead({ maxConcurrent: 1, maxQueue: 5 });
      const seen = [];
      const work = async () => {
        seen.push(requests.getStore());
        await sleep(10);
      };
      await Promise.all(
        ['a', 'b', 'c'].map((request) => requests.run(request, () => settle(() => bulkhead.run(work)))),
      );
      expect(seen.join() === 'a,b,c', `they ran as ${seen.join()}`);
    },
  },
  {
    rule: 54,
    title: 'no timer keeps the process alive',
    isExitProbe: true,
    async run({ make }) {
      const guard = make({ breakMs: 60_000, timeoutMs: 60_000 });
      await succeed(guard);
      for (let i = 0; i < 4; i++) await fail(guard);
    },
  },
  {
    rule: 62,
    title: 'NaN and -1 as thresholds and durations are refused',
    async run({ make }) {
      for (const options of [{ threshold: Number.NaN }, { threshold: -1 }, { breakMs: Number.NaN }, { breakMs: -1 }]) {
        let isRefused = false;
        try {
          make(options);
        } catch {
          isRefused = true;
        }
        const [[option, value]] = Object.entries(options);
        expect(isRefused, `${option}: ${value} was accepted`);
      }
    },
  },
  {
    rule: 63,
    title: 'unknown options are errors',
    async run({ make }) {
      let isRefused = false;
      try {
        make({ extra: { failureTreshold: 3 } });
      } catch {
        isRefused = true;
      }
      expect(isRefused, 'a misspelt option was accepted');
    },
  },
  {
    rule: 79,
    title: 'a failing or refused call that nobody awaits raises unhandledRejection, once',
    async run({ make }) {
      const guard = make({});
      const failing = await unhandledBy(async () => void guard.run(async () => Promise.reject(new Error('down'))));
      expect(failing.length === 1, `a failure raised ${failing.length}`);
      for (let i = 0; i < 3; i++) await fail(guard);
      process.removeAllListeners('unhandledRejection');
      const refused = await unhandledBy(async () => void guard.run(async () => 1));
      expect(refused.length === 1, `a refusal raised ${refused.length}`);
    },
  },
];
