/** What waits in a {@link SyncLine}. */
export interface Syncing {
  /** Ends, without a fault, when it has been answered or given up. */
  sync(): Promise<void>;
}

/** How many syncs of one instance are under way at once. */
const WIDTH = 16;

/**
 * Syncs that can wait, in turn: another one begins when one has been answered. Instances that all come back at once,
 * each with a thousand breakers, would otherwise ask more than Redis can answer before they give the connection up, and
 * ask it all again over the next one, for ever. O(1) each; what waits already doesn't wait twice.
 */
export class SyncLine {
  private readonly waiting = new Set<Syncing>();
  private underWay = 0;

  constructor(private readonly isConnected: () => boolean) {}

  add(members: Iterable<Syncing>): void {
    for (const member of members) this.waiting.add(member);
    this.proceed();
  }

  remove(member: Syncing): void {
    this.waiting.delete(member);
  }

  private proceed(): void {
    for (const member of this.waiting) {
      if (this.underWay >= WIDTH) return;
      this.waiting.delete(member);
      if (!this.isConnected()) continue; // all will be asked again when there is a connection
      this.underWay++;
      void member.sync().then(() => {
        this.underWay--;
        this.proceed();
      });
    }
  }
}
