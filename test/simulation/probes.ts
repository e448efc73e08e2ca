/** The calls that half-open breakers let through, of all instances. */
export class Probes {
  /** While the fleet is half-open its probes are one share; an instance's own, at other times, are not counted here. */
  most = 0;
  total = 0;
  failed = 0;
  /** The most instances that had probes under way at once, the fleet being half-open or not. */
  mostInstances = 0;
  private readonly live = new Map<string, number>();
  private readonly instances = new Map<number, number>();

  constructor(private readonly isShared: (breaker: string) => boolean) {}

  follow(breaker: string, instance: number, answer: Promise<void>): void {
    this.total++;
    const isShared = this.isShared(breaker);
    if (isShared) this.most = Math.max(this.most, change(this.live, breaker, 1));
    change(this.instances, instance, 1);
    this.mostInstances = Math.max(this.mostInstances, this.instances.size);
    const end = (): void => {
      if (isShared) change(this.live, breaker, -1);
      change(this.instances, instance, -1);
    };
    answer.then(end, () => {
      this.failed++;
      end();
    });
  }
}

function change<K>(counts: Map<K, number>, key: K, by: number): number {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
  return count;
}
