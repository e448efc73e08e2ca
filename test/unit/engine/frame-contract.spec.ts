import { describe, expect, it } from '@jest/globals';

import { PolicyFrame } from '../../../lib/engine/frame.js';
import type { Frame, FrameSource } from '../../../lib/engine/frame.js';
import {
  CIRCUIT_BREAKER_DEFAULTS,
  CallContext,
  CircuitBreakerPolicy,
  Pipeline,
  Scope,
  StreamCall,
} from '../../../lib/engine/index.js';
import type { StreamSource } from '../../../lib/engine/index.js';
import { ManualClock } from '../../../lib/testing/index.js';

/** Passes everything on, and writes down what passes upwards. */
class Passing extends PolicyFrame {
  readonly steps: string[] = [];

  override succeed(value: unknown, now: number, live: boolean): void {
    this.steps.push('succeed');
    super.succeed(value, now, live);
  }

  override fail(error: unknown, now: number, live: boolean): void {
    this.steps.push('fail');
    super.fail(error, now, live);
  }

  override ended(): void {
    this.steps.push('ended');
    super.ended();
  }
}

/** A pipeline of a policy that does nothing but show what stands above and below it. */
function fixture() {
  const scope = new Scope({ clock: new ManualClock() });
  const origin = new CircuitBreakerPolicy('payments', CIRCUIT_BREAKER_DEFAULTS, scope);
  const frames: Passing[] = [];
  const source: FrameSource = {
    frame: (inner: Frame) => {
      const frame = new Passing(source, inner);
      frames.push(frame);
      return frame;
    },
  };
  const pipeline = new Pipeline([source], origin);
  const context = new CallContext(origin, undefined, 0);
  const partsOf = (): { above: Frame; below: Frame } => {
    const [frame] = frames;
    return { above: frame!.outer, below: (frame as unknown as { inner: Frame }).inner };
  };
  const steps = (): readonly string[] => frames.flatMap((frame) => frame.steps);
  return { pipeline, context, partsOf, steps };
}

describe('a frame that turns to where nothing stands', () => {
  it('is told so at the ends of a call', () => {
    const { pipeline, context, partsOf } = fixture();
    void pipeline.execute(() => new Promise(() => {}), undefined);
    const { above, below } = partsOf();
    const aboveFault = new TypeError('nothing stands above the root of a call');
    expect(() => above.enter(context, 0)).toThrow(aboveFault);
    expect(() => above.cancel('no', 0)).toThrow(aboveFault);
    expect(() => above.fork()).toThrow(aboveFault);
    const belowFault = new TypeError('nothing stands below the work of a call');
    expect(() => below.succeed(1, 0, false)).toThrow(belowFault);
    expect(() => below.fail(1, 0, false)).toThrow(belowFault);
    expect(() => below.ended()).toThrow(belowFault);
    expect(() => below.adopt(Promise.resolve())).toThrow(belowFault);
  });

  it('hears once that what it gave up has ended, whatever the work says in the end', async () => {
    for (const end of [
      () => 'late',
      () => {
        throw new Error('late');
      },
      () => Promise.resolve('late'),
    ]) {
      const { pipeline, steps } = fixture();
      const controller = new AbortController();
      const answer = pipeline.execute(
        () => {
          controller.abort('gone');
          return end();
        },
        { signal: controller.signal },
      );
      await expect(answer).rejects.toBe('gone');
      await Promise.resolve();
      expect(steps()).toEqual(['ended']);
    }
  });

  it('is told so at the ends of a stream', () => {
    const { pipeline, context, partsOf } = fixture();
    const quiet: StreamSource = { isBusy: true, start: () => {}, pull: () => {}, stop: () => undefined };
    const shape = { isPushed: true, source: () => quiet, substitute: () => quiet };
    const consumer = { next: () => {}, error: () => {}, complete: () => {} };
    new StreamCall(pipeline, shape, consumer, undefined).start();
    const { above, below } = partsOf();
    const aboveFault = new TypeError('nothing stands above the root of a stream');
    expect(() => above.enter(context, 0)).toThrow(aboveFault);
    expect(() => above.cancel('no', 0)).toThrow(aboveFault);
    expect(() => above.fork()).toThrow(aboveFault);
    const belowFault = new TypeError('nothing stands below the source of a stream');
    expect(() => below.succeed(1, 0, false)).toThrow(belowFault);
    expect(() => below.fail(1, 0, false)).toThrow(belowFault);
    expect(() => below.ended()).toThrow(belowFault);
    expect([above.adopt(Promise.resolve()), below.adopt(Promise.resolve())]).toEqual([undefined, undefined]);
  });
});
