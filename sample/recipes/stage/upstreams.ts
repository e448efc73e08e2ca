import { Injectable } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';

/** Stands for services over the network: a story breaks and heals them by name. Yours is `fetch`, a driver, an SDK. */
@Injectable()
export class Upstreams {
  private readonly faults = new Map<string, unknown>();
  private readonly silent = new Set<string>();
  private readonly counts = new Map<string, number>();

  /** Answers, unless that service has been broken; a silent one answers only to an abort. */
  async ask<T>(name: string, answer: T, signal?: AbortSignal): Promise<T> {
    this.counts.set(name, this.calls(name) + 1);
    if (this.silent.has(name)) return silence(signal);
    if (this.faults.has(name)) throw this.faults.get(name);
    return answer;
  }

  fail(name: string, fault: unknown = new Error(`${name} is down`)): void {
    this.heal(name);
    this.faults.set(name, fault);
  }

  hang(name: string): void {
    this.heal(name);
    this.silent.add(name);
  }

  heal(name: string): void {
    this.faults.delete(name);
    this.silent.delete(name);
  }

  /** How often it has been asked. */
  calls(name: string): number {
    return this.counts.get(name) ?? 0;
  }
}

/** Those of a recipe; one that brings a real service along has none. */
export function upstreamsOf(app: Pick<INestApplicationContext, 'get'>): Upstreams {
  try {
    return app.get(Upstreams, { strict: false });
  } catch {
    return new Upstreams();
  }
}

const silence = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
