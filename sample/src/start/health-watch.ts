/** What the sample reads from `/health` about one breaker. */
export interface BreakerSight {
  readonly state: string;
  readonly color: string;
  readonly retryAfter: number | null;
}

export type Sight = Readonly<Record<string, BreakerSight>>;

interface HealthBody {
  readonly details?: Readonly<Record<string, { readonly breakers?: Sight } | undefined>>;
}

/** Looks at the shop's health again and again, as an orchestrator would. Looking changes no breaker. */
export class HealthWatch {
  private timer: NodeJS.Timeout | undefined;
  private isLooking = false;

  constructor(
    private readonly shop: string,
    private readonly interval: number,
    private readonly onSight: (breakers: Sight) => void,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), this.interval);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      const response = await fetch(`${this.shop}/health`, { signal: AbortSignal.timeout(1_000) });
      const { details } = (await response.json()) as HealthBody;
      const breakers = details?.['circuit-breakers']?.breakers;
      if (breakers !== undefined) this.onSight(breakers);
    } catch {
      // the next look will tell
    } finally {
      this.isLooking = false;
    }
  }
}
