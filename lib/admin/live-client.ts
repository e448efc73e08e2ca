/** A breaker that changed: its view, and its options where they changed as well. */
export interface Part {
  readonly view: string;
  readonly options: string | undefined;
}

/** What a frame brings to all clients. */
export interface Frame {
  readonly changed: ReadonlyMap<string, Part>;
  readonly removed: readonly string[];
  /** Transitions, as JSON. */
  readonly moves: readonly string[];
}

/** Where a client's text goes. */
export interface Output {
  /** Answers whether more may follow at once. */
  write(text: string): boolean;
  onDrain(listener: () => void): void;
  end(): void;
}

const MAX_MOVES = 100;

export const textOf = ({ view, options }: Part): string =>
  options === undefined ? view : `${view.slice(0, -1)},"options":${options}}`;

/**
 * One listener of the event stream. While its connection is full nothing is written: what changes meanwhile waits in
 * one map, the latest state of each breaker, so a slow client costs no more than the breakers there are.
 */
export class LiveClient {
  private readonly pending = new Map<string, Part | null>();
  private moves: string[] = [];
  private isFull = false;
  /** Frames that passed since it took anything. */
  stalled = 0;

  constructor(private readonly output: Output) {
    output.onDrain(() => (this.isFull = false));
  }

  send(event: string, data: string): void {
    this.isFull = !this.output.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  /** Takes a frame, and writes all that waits if it can. */
  take(frame: Frame, stand: string): void {
    for (const [name, part] of frame.changed) {
      const waiting = this.pending.get(name);
      this.pending.set(name, { view: part.view, options: part.options ?? waiting?.options });
    }
    for (const name of frame.removed) this.pending.set(name, null);
    this.moves.push(...frame.moves);
    if (this.moves.length > MAX_MOVES) this.moves.splice(0, this.moves.length - MAX_MOVES);
    this.stalled = this.isFull ? this.stalled + 1 : 0;
    if (!this.isFull && this.pending.size + this.moves.length > 0) this.flush(stand);
  }

  beat(data: string): void {
    if (!this.isFull) this.send('heartbeat', data);
  }

  end(): void {
    this.output.end();
  }

  private flush(stand: string): void {
    const breakers: string[] = [];
    const removed: string[] = [];
    for (const [name, part] of this.pending) {
      if (part === null) removed.push(name);
      else breakers.push(textOf(part));
    }
    const events = this.moves;
    this.pending.clear();
    this.moves = [];
    this.send(
      'update',
      `{${stand},"breakers":[${breakers.join()}],"removed":${JSON.stringify(removed)},"events":[${events.join()}]}`,
    );
  }
}
