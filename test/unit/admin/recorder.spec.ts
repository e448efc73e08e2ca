import { describe, expect, it } from '@jest/globals';
import { createRegistry } from 'nest-circuit-breaker/options';
import { ManualClock } from 'nest-circuit-breaker/testing';

import { Recorder } from '../../../lib/admin/recorder.js';
import { Redaction } from '../../../lib/admin/redaction.js';
import { fail, ignore, succeed, times } from '../../fixtures/breaker.js';

const record = () => {
  const registry = createRegistry(
    { breakers: { payments: { failureThreshold: 2 } }, logger: false },
    { clock: new ManualClock() },
  );
  return { registry, recorder: new Recorder(registry, new Redaction(undefined, () => undefined)) };
};

describe('the recorder', () => {
  it('remembers what happened, oldest first', async () => {
    const { registry, recorder } = record();
    const payments = registry.circuitBreaker('payments');
    await succeed(payments);
    await ignore(payments);
    await times(3, () => fail(payments));
    expect(recorder.eventsOf('payments').map(({ type }) => type)).toEqual([
      'succeeded', 'ignored', 'failed', 'failed', 'opened', 'refused',
    ]); // prettier-ignore
    expect(recorder.eventsOf('nobody')).toEqual([]);
  });

  it('keeps 50 transitions among 100 events, and no more of either than that', async () => {
    const { registry, recorder } = record();
    const payments = registry.circuitBreaker('payments');
    await times(1_000, () => succeed(payments));
    expect(recorder.eventsOf('payments')).toHaveLength(100);
    for (let i = 0; i < 1_000; i++) payments.isolate({ reason: String(i) });
    const events = recorder.eventsOf('payments');
    expect([events.length, events.filter(({ type }) => type === 'isolated').length]).toEqual([100, 50]);
    expect(events.at(-1)).toMatchObject({ reason: '999' });
  });

  it('holds on to no error, and cleans names and codes', async () => {
    const { registry, recorder } = record();
    const hostile = Object.assign(new Error('secret'), { name: 'Evil\r\nError', code: 'x'.repeat(1_000) });
    await fail(registry.circuitBreaker('payments'), hostile);
    const [event] = recorder.eventsOf('payments');
    expect(event).toMatchObject({
      type: 'failed',
      error: { name: 'Evil Error', code: expect.stringMatching(/^x{99}…$/) },
    });
    expect(JSON.stringify(event)).not.toContain('secret');
  });

  it('leaves an error that cannot be read unread', async () => {
    const { registry, recorder } = record();
    const unreadable = new Proxy({}, { get: () => { throw new Error('no') }, has: () => false }); // prettier-ignore
    await fail(registry.circuitBreaker('payments'), unreadable);
    expect(recorder.eventsOf('payments')[0]).toMatchObject({ type: 'failed', error: { name: 'unknown', code: null } });
  });

  it('forgets breakers that are gone when others come', async () => {
    const { registry, recorder } = record();
    for (let i = 0; i < 300; i++) {
      await succeed(registry.circuitBreaker(`payments:${i}`));
      registry.remove(`payments:${i}`);
    }
    expect(recorder.of('payments:0')).toBeUndefined();
    expect(recorder.of('payments:299')).toBeDefined();
  });

  it('counts what a breaker in metrics_only would have refused as passed', async () => {
    const { registry, recorder } = record();
    const payments = registry.circuitBreaker('payments');
    payments.metricsOnly();
    await times(5, () => fail(payments));
    const window = { samplingDuration: 30_000, samplingSize: null };
    expect(recorder.of('payments')?.calls.read(0, window).refused.at(-1)).toBe(0);
    payments.isolate();
    await fail(payments);
    expect(recorder.of('payments')?.calls.read(0, window).refused.at(-1)).toBe(1);
  });

  it('is deaf once it is stopped', async () => {
    const { registry, recorder } = record();
    recorder.stop();
    await succeed(registry.circuitBreaker('payments'));
    expect(recorder.eventsOf('payments')).toEqual([]);
    expect(registry.scope.events.hears('succeeded')).toBe(false);
  });
});
