import { describe, expect, it } from '@jest/globals';

import { PolicyFrame } from '../../../lib/engine/frame.js';
import type { Frame, FrameSource } from '../../../lib/engine/frame.js';
import {
  CIRCUIT_BREAKER_DEFAULTS,
  CircuitBreakerPolicy,
  Pipeline,
  Scope,
  StreamCall,
} from '../../../lib/engine/index.js';
import type { StreamShape, StreamSink, StreamSource } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

/** Writes down what passes upwards, and says each last word twice. */
class Recorder extends PolicyFrame {
  constructor(
    source: FrameSource,
    inner: Frame,
    private readonly steps: string[],
  ) {
    super(source, inner);
  }

  override item(value: unknown, now: number): void {
    this.steps.push(`item ${String(value)}`);
    super.item(value, now);
  }

  override succeed(value: unknown, now: number, live: boolean): void {
    this.steps.push(`succeed ${String(value)}`);
    super.succeed(value, now, live);
    this.speakOn(now);
  }

  override fail(error: unknown, now: number, live: boolean): void {
    this.steps.push(`fail ${String(error)}`);
    super.fail(error, now, live);
    this.speakOn(now);
  }

  override ended(): void {
    this.steps.push('ended');
    super.ended();
  }

  private speakOn(now: number): void {
    super.item('late', now);
    super.succeed('late', now, false);
    super.fail('late', now, false);
  }
}

/** A stream whose source is spoken for by the test, and keeps to no rule. */
function fixture(whenStopped: (sink: StreamSink) => void = () => {}) {
  const heard: unknown[] = [];
  const sources: { sink: StreamSink; pulls: number; stops: number }[] = [];
  const source = (_: unknown, sink: StreamSink): StreamSource => {
    const own = { sink, pulls: 0, stops: 0 };
    sources.push(own);
    return {
      isBusy: true,
      start: () => void own.pulls++,
      pull: () => void own.pulls++,
      stop: () => {
        own.stops++;
        whenStopped(sink);
        return undefined;
      },
    };
  };
  const shape: StreamShape = { isPushed: false, source, substitute: source };
  const scope = new Scope({ clock: new ManualClock() });
  const breaker = new CircuitBreakerPolicy('rude', CIRCUIT_BREAKER_DEFAULTS, scope);
  const steps: string[] = [];
  const recorder: FrameSource = { frame: (inner) => new Recorder(recorder, inner, steps) };
  const pipeline = new Pipeline([recorder, breaker], breaker);
  const consumer: StreamSink = {
    next: (item) => heard.push(item),
    error: (error) => heard.push(['error', error]),
    complete: (result) => heard.push(['end', result]),
  };
  const call = new StreamCall(pipeline, shape, consumer, undefined);
  return { call, heard, steps, sources, breaker, scope };
}

function speak(sink: StreamSink): void {
  sink.next('late');
  sink.error('late');
  sink.complete('late');
}

describe('a stream whose source and policies keep to no rule', () => {
  it.each([
    ['completed', (sink: StreamSink) => sink.complete('result'), ['end', 'result'], 'succeed 1'],
    ['failed', (sink: StreamSink) => sink.error('down'), ['error', 'down'], 'fail down'],
  ])('drops what it says, and asks it for nothing, after it has %s', (_, end, last, step) => {
    const { call, heard, steps, sources, breaker, scope } = fixture();
    call.start();
    const [source] = sources;
    source!.sink.next(1);
    end(source!.sink);
    speak(source!.sink);
    call.pull();
    call.stop();
    call.abort('late');
    expect(heard).toEqual([1, last]);
    expect(steps).toEqual(['item 1', step]);
    expect(source).toMatchObject({ pulls: 1, stops: 0 });
    expect([scope.active, breaker.snapshot().inFlight, breaker.snapshot().totals.calls]).toEqual([0, 0, 1]);
  });

  it('drops what it says after it was left, and even while', () => {
    const { call, heard, steps, sources, breaker, scope } = fixture(speak);
    call.start();
    const [source] = sources;
    call.stop();
    speak(source!.sink);
    expect([heard, steps]).toEqual([[], ['ended']]);
    expect(source?.stops).toBe(1);
    expect(scope.active).toBe(0);
    expect(breaker.snapshot().totals).toMatchObject({ calls: 1, ignored: 1, failures: 0, successes: 0, stale: 0 });
  });

  it('starts once, and never once it was left', () => {
    const { call, sources } = fixture();
    call.start();
    call.start();
    expect(sources).toHaveLength(1);
    const other = fixture();
    other.call.stop();
    other.call.start();
    expect([other.sources, other.heard, other.scope.active]).toEqual([[], [], 0]);
    expect(other.breaker.snapshot().totals).toMatchObject({ calls: 0, ignored: 0 });
  });
});
