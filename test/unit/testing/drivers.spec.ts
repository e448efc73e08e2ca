import { describe, expect, it } from '@jest/globals';
import { CircuitOpenError } from 'nest-circuit-breaker';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock, circuitBreakerMatchers, fail, hang, ignore, succeed } from 'nest-circuit-breaker/testing';

expect.extend(circuitBreakerMatchers);

const OPTIONS = { failureThreshold: 2, breakDuration: '10s', successThreshold: 1 } as const;

function make() {
  const clock = new ManualClock();
  const registry = createRegistry({ breakers: { payments: OPTIONS } }, { clock });
  return { clock, registry, payments: registry.circuitBreaker('payments') };
}

describe('the drivers', () => {
  it('push one call of their outcome through a breaker', async () => {
    const { payments } = make();
    expect(await succeed(payments, 7)).toEqual({ ok: true, value: 7 });
    const error = new Error('down');
    const failed = await fail(payments, error);
    expect(failed.ok ? undefined : failed.error).toBe(error);
    await ignore(payments);
    expect(payments.snapshot().totals).toMatchObject({ calls: 3, successes: 1, failures: 1, ignored: 1 });
  });

  it('answer with the refusal where the breaker refuses', async () => {
    const { payments } = make();
    await fail(payments);
    await fail(payments);
    const refused = await succeed(payments);
    expect(refused.ok ? undefined : refused.error).toBeInstanceOf(CircuitOpenError);
  });

  it('bring a breaker into each state without a sleep', async () => {
    const { clock, payments } = make();
    expect(payments).toBeClosed();
    await fail(payments);
    await fail(payments);
    expect(payments).toBeOpen();
    await clock.advance(10_000);
    const probe = hang(payments);
    expect(payments).toBeHalfOpen();
    expect(probe.hasRun).toBe(true);
    expect(await probe.succeed('back')).toEqual({ ok: true, value: 'back' });
    expect(payments).toBeClosed();
  });

  it('hang until the test lets the call fail', async () => {
    const { payments } = make();
    const call = hang(payments);
    expect(payments.snapshot().inFlight).toBe(1);
    expect(await call.fail(new Error('late'))).toMatchObject({ ok: false, error: { message: 'late' } });
    expect(payments.snapshot()).toMatchObject({ inFlight: 0, totals: { failures: 1 } });
  });

  it('hang nowhere when refused', async () => {
    const { payments } = make();
    payments.isolate();
    const call = hang(payments);
    expect(await call.answer).toMatchObject({ ok: false, error: { code: 'ERR_CIRCUIT_OPEN' } });
    expect(call.hasRun).toBe(false);
  });
});

describe('the matchers', () => {
  it('take a breaker or its snapshot', () => {
    const { payments } = make();
    expect(payments).toBeClosed();
    expect(payments.snapshot()).toBeClosed();
    expect(payments).not.toBeOpen();
    expect(payments).not.toBeHalfOpen();
  });

  it('count refusals, any or so many', async () => {
    const { payments } = make();
    expect(payments).not.toHaveRefused();
    expect(payments).toHaveRefused(0);
    payments.isolate();
    await succeed(payments);
    await succeed(payments);
    expect(payments).toHaveRefused();
    expect(payments).toHaveRefused(2);
    expect(payments).not.toHaveRefused(1);
  });

  it('say what the breaker has been through', async () => {
    const { payments } = make();
    await fail(payments, new RangeError('no'));
    expect(() => expect(payments).toBeOpen()).toThrow(
      'expected circuit breaker "payments" to be open: it is closed (1 call in the window, 1 failed; last error: RangeError)',
    );
    expect(() => expect(payments).not.toBeClosed()).toThrow('expected circuit breaker "payments" not to be closed');
    expect(() => expect(payments).toHaveRefused(1)).toThrow('to have refused 1 call: it has refused 0 calls');
    await fail(payments);
    expect(() => expect(payments).toBeClosed()).toThrow(
      'it is open (2 calls in the window, 2 failed; may be tried in 10000 ms',
    );
  });

  it('refuse what is no breaker', () => {
    expect(() => expect('payments').toBeOpen()).toThrow(TypeError);
    expect(() => expect(undefined).toBeOpen()).toThrow('expected a circuit breaker, or its snapshot');
  });
});
