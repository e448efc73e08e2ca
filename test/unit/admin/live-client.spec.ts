import { describe, expect, it } from '@jest/globals';

import { LiveClient } from '../../../lib/admin/live-client.js';
import type { Frame, Output } from '../../../lib/admin/live-client.js';

/** A connection that is full or not as the test says. */
class Pipe implements Output {
  readonly written: string[] = [];
  isFull = false;
  private drained: () => void = () => undefined;

  write(text: string): boolean {
    this.written.push(text);
    return !this.isFull;
  }

  onDrain(listener: () => void): void {
    this.drained = listener;
  }

  end(): void {}

  drain(): void {
    this.isFull = false;
    this.drained();
  }

  /** The data of the last event. */
  get last(): { breakers: Record<string, unknown>[]; removed: string[]; events: number[] } {
    return JSON.parse((this.written.at(-1) ?? '').split('\ndata: ')[1] ?? 'null') as never;
  }
}

const frame = (parts: Record<string, { n: number; options?: object }>, more: Partial<Frame> = {}): Frame => ({
  changed: new Map(
    Object.entries(parts).map(([name, { n, options }]) => [
      name,
      { view: JSON.stringify({ name, n }), options: options && JSON.stringify(options) },
    ]),
  ),
  removed: [],
  moves: [],
  ...more,
});

describe('a client of the event stream', () => {
  it('gets each frame while it takes them', () => {
    const pipe = new Pipe();
    const client = new LiveClient(pipe);
    client.take(frame({ payments: { n: 1, options: { a: 1 } } }, { moves: ['1'] }), '"at":0');
    expect(pipe.last).toEqual({
      at: 0,
      breakers: [{ name: 'payments', n: 1, options: { a: 1 } }],
      removed: [],
      events: [1],
    });
    client.take(frame({}, { removed: ['payments'] }), '"at":1');
    expect(pipe.last).toEqual({ at: 1, breakers: [], removed: ['payments'], events: [] });
  });

  it('gets nothing when nothing has changed', () => {
    const pipe = new Pipe();
    new LiveClient(pipe).take(frame({}), '"at":0');
    expect(pipe.written).toEqual([]);
  });

  it('gets the latest state of each breaker once, after it was slow', () => {
    const pipe = new Pipe();
    const client = new LiveClient(pipe);
    pipe.isFull = true;
    client.take(frame({ payments: { n: 1 } }), '"at":0');
    for (let n = 2; n < 1_000; n++)
      client.take(frame({ payments: { n, ...(n === 5 ? { options: { a: 5 } } : {}) } }), '"at":1');
    client.take(frame({ cache: { n: 1 }, gone: { n: 1 } }), '"at":1');
    client.take(frame({}, { removed: ['gone'] }), '"at":1');
    client.beat('{}');
    expect(pipe.written).toHaveLength(1);
    pipe.drain();
    client.take(frame({}), '"at":2');
    expect(pipe.written).toHaveLength(2);
    expect(pipe.last).toEqual({
      at: 2,
      breakers: [
        { name: 'payments', n: 999, options: { a: 5 } },
        { name: 'cache', n: 1 },
      ],
      removed: ['gone'],
      events: [],
    });
  });

  it('keeps the last 100 transitions for one that is slow, and counts how long it is', () => {
    const pipe = new Pipe();
    const client = new LiveClient(pipe);
    pipe.isFull = true;
    client.send('snapshot', '{}');
    for (let n = 0; n < 250; n++) client.take(frame({}, { moves: [String(n)] }), '"at":0');
    expect(client.stalled).toBe(250);
    pipe.drain();
    client.take(frame({}), '"at":1');
    expect(client.stalled).toBe(0);
    expect(pipe.last.events).toHaveLength(100);
    expect(pipe.last.events.at(-1)).toBe(249);
  });
});
