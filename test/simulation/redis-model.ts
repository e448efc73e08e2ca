import { CIRCUIT_STATES } from '../../lib/engine/index.js';
import { Expiries } from './expiries.js';

/** One breaker as Redis knows it. */
interface Entry {
  readonly i: string;
  e: number;
  st: string;
  until: number;
  ok: number;
  said: readonly [command: string, actor: string, reason: string];
  readonly votes: Expiries;
  readonly leases: Expiries;
  readonly failed: Expiries;
  readonly standing: Standing;
}

export type Publish = (text: string) => void;

const NOBODY = ['', '', ''] as const;
/** How many arguments are each script's own; what follows says how the asker stands. */
const OWN: Readonly<Record<string, number>> = { vote: 6, unvote: 1, lease: 3, report: 8, sync: 0, force: 5 };

/**
 * What the scripts mean, without Redis: the same arguments at the same moments give the same answers and messages,
 * which a test holds against a real server. Keys that nobody touches for ten minutes don't expire here; no simulation
 * is that quiet.
 */
export class RedisModel {
  private readonly entries = new Map<string, Entry>();
  private readonly live = new Expiries();

  /** How a breaker stands, if anybody has spoken of it. */
  stateOf(encoded: string): { readonly st: string; readonly e: number; readonly i: string } | undefined {
    return this.entries.get(encoded);
  }

  /** As if the server had been started anew. */
  clear(): void {
    this.entries.clear();
    this.live.clear();
  }

  run(script: string, args: readonly string[], now: number, publish: Publish): string[] | number {
    if (script === 'beat') return this.beat(args[0]!, Number(args[1]), now);
    const [, encoded, incarnation, ...own] = args as [string, string, string, ...string[]];
    let entry = this.entries.get(encoded);
    if (entry === undefined) this.entries.set(encoded, (entry = unknown(incarnation)));
    return new Step(entry, encoded, now, publish).run(script, own);
  }

  private beat(id: string, ttl: number, now: number): number {
    this.live.prune(now);
    if (ttl > 0) this.live.add(id, now + ttl);
    else this.live.remove(id);
    return this.live.size;
  }
}

function unknown(i: string): Entry {
  const sets = { votes: new Expiries(), leases: new Expiries(), failed: new Expiries(), standing: new Standing() };
  return { i, e: 0, st: 'closed', until: 0, ok: 0, said: NOBODY, ...sets };
}

/** One run of one script. */
class Step {
  constructor(
    private readonly entry: Entry,
    private readonly encoded: string,
    private readonly now: number,
    private readonly publish: Publish,
  ) {
    for (const expiring of [entry.votes, entry.leases, entry.failed, entry.standing]) expiring.prune(now);
  }

  run(script: string, args: readonly string[]): string[] {
    const [id, state, ttl] = args.slice(OWN[script]);
    if (id !== undefined) this.entry.standing.set(id, state!, this.now + Number(ttl));
    switch (script) {
      case 'vote':
        return this.vote(args);
      case 'unvote':
        return this.unvote(args[0]!);
      case 'lease':
        return this.lease(args[0]!, args[1]!, Number(args[2]));
      case 'report':
        return this.report(args);
      case 'force': {
        const ms = Number(args[1]);
        this.turn(args[0]!, ms >= 0 ? this.now + ms : -1, [args[2]!, args[3]!, args[4]!]);
        return this.answer('ok');
      }
      default:
        return this.answer('ok');
    }
  }

  private vote([id, ttl, quorum, openMs, e, i]: readonly string[]): string[] {
    const { entry, now } = this;
    if (entry.st === 'closed' && entry.i === i && entry.e > Number(e)) return this.answer('stale');
    entry.votes.add(id!, now + Number(ttl));
    if (entry.st === 'closed' && entry.votes.size >= Number(quorum)) this.turn('open', now + Number(openMs));
    return this.answer('ok');
  }

  private unvote(id: string): string[] {
    const { entry } = this;
    const isGone = entry.votes.remove(id);
    const isIdle = (entry.st === 'open' && this.isDue) || (entry.st === 'half_open' && this.leased === undefined);
    if (isGone && isIdle && entry.votes.size === 0) this.turn('closed', 0);
    return this.answer('ok');
  }

  private lease(token: string, id: string, ms: number): string[] {
    const { entry, now } = this;
    if (entry.st === 'closed') return this.answer('free');
    if (entry.st !== 'half_open') {
      if (!this.isDue) return this.answer('denied');
      this.turn('half_open', 0);
    }
    const failed = entry.failed.get(id);
    if (failed !== undefined) return this.answer('denied', failed - now);
    const other = this.leased;
    if (other !== undefined) return this.answer('denied', other);
    entry.leases.add(token, now + ms);
    return this.answer('granted');
  }

  private report([token, e, i, outcome, need, quorum, openMs, id]: readonly string[]): string[] {
    const { entry, now } = this;
    const isHeld = entry.leases.get(token!) !== undefined;
    if (entry.st !== 'half_open' || i !== entry.i || Number(e) !== entry.e || !isHeld) return this.answer('stale');
    if (outcome === 'success') {
      if (++entry.ok >= Number(need)) this.turn('closed', 0);
      return this.answer('ok');
    }
    entry.leases.remove(token!);
    if (outcome === 'failure') {
      entry.ok = 0;
      entry.failed.add(id!, now + Number(openMs));
      if (entry.failed.size >= Number(quorum)) this.turn('open', now + Number(openMs));
    }
    return this.answer('ok');
  }

  private turn(st: string, until: number, said: Entry['said'] = NOBODY): void {
    const { entry, encoded: n } = this;
    entry.e++;
    Object.assign(entry, { st, until, ok: 0, said });
    entry.leases.clear();
    entry.failed.clear();
    if (st === 'closed') entry.votes.clear();
    const { e, i } = entry;
    this.publish(JSON.stringify({ v: 1, n, st, e, i, left: this.left, ...(said[0] === '' ? {} : { f: 1 }) }));
  }

  private answer(verdict: string, wait = this.left): string[] {
    const { st, e, i, votes, said, standing } = this.entry;
    return [verdict, st, String(e), i, String(wait), String(votes.size), ...said, standing.counts.join(' ')];
  }

  private get isDue(): boolean {
    return this.entry.until >= 0 && this.entry.until <= this.now;
  }

  private get left(): number {
    const { st, until } = this.entry;
    if (st === 'half_open') return this.leased ?? 0;
    return until < 0 ? -1 : Math.max(0, until - this.now);
  }

  private get leased(): number | undefined {
    const end = this.entry.leases.first;
    return end === undefined ? undefined : end - this.now;
  }
}

/** In which state each instance is, until when. */
class Standing {
  readonly counts: number[] = CIRCUIT_STATES.map(() => 0);
  private readonly ends = new Expiries((id) => this.forget(id));
  private readonly places = new Map<string, number>();

  set(id: string, state: string, end: number): void {
    if (this.ends.remove(id)) this.forget(id);
    const place = (CIRCUIT_STATES as readonly string[]).indexOf(state);
    if (place < 0) return;
    this.places.set(id, place);
    this.counts[place]!++;
    this.ends.add(id, end + place / 8); // as the score there
  }

  prune(now: number): void {
    this.ends.prune(now);
  }

  private forget(id: string): void {
    this.counts[this.places.get(id)!]!--;
    this.places.delete(id);
  }
}
