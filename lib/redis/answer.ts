import { CIRCUIT_STATES, MAX_DURATION } from '../engine/index.js';
import type { FleetSummary } from '../engine/index.js';
import { MESSAGE_VERSION } from './scripts.js';

export type ClusterState = 'closed' | 'open' | 'half_open' | 'isolated';

/** How a breaker stands in the fleet. */
export interface FleetView {
  readonly st: ClusterState;
  readonly e: number;
  readonly i: string;
  /** Until calls may pass, in ms, or, in an answer of a half-open fleet, until the lease ends; -1 without end. */
  readonly left: number;
}

/** What a script answers. */
export interface Answer extends FleetView {
  readonly verdict: 'ok' | 'stale' | 'granted' | 'denied' | 'free';
  readonly votes: number;
  /** An operator's, where the state is one's word. */
  readonly command: Command | null;
  readonly actor: string;
  readonly reason: string;
  /** How many instances are in each state, where that is told. */
  readonly fleet: FleetSummary | null;
}

/** What an operator may tell the fleet. */
export type Command = 'isolate' | 'close' | 'reset';

/** One breaker's move, as it is published. */
export interface Message extends FleetView {
  readonly n: string;
  /** By an operator: who and why is to be read from Redis itself. */
  readonly isForced: boolean;
}

const MAX_MESSAGE = 1_024;
const MAX_INCARNATION = 64;
const STATES: readonly unknown[] = ['closed', 'open', 'half_open', 'isolated'];
const VERDICTS: readonly unknown[] = ['ok', 'stale', 'granted', 'denied', 'free'];
const COMMANDS: readonly unknown[] = ['isolate', 'close', 'reset'];

/** @throws {TypeError} when it is no answer of our scripts */
export function parseAnswer(reply: unknown): Answer {
  if (Array.isArray(reply) && reply.length >= 9 && reply.every((part) => typeof part === 'string')) {
    const [verdict, st, e, i, left, votes, command, actor, reason, counts] = reply as string[];
    const view = { st, e: Number(e), i, left: Number(left) };
    const isCommand = command === '' || COMMANDS.includes(command);
    if (VERDICTS.includes(verdict) && isView(view) && Number.isSafeInteger(Number(votes)) && isCommand) {
      const said = { command: command === '' ? null : (command as Command), actor: actor ?? '', reason: reason ?? '' };
      return { ...view, verdict: verdict as Answer['verdict'], votes: Number(votes), ...said, fleet: fleetOf(counts) };
    }
  }
  throw new TypeError('an answer from Redis that no script of ours gives');
}

function fleetOf(counts: string | undefined): FleetSummary | null {
  const numbers = counts?.split(' ').map(Number) ?? [];
  if (numbers.length !== CIRCUIT_STATES.length || !numbers.every((each) => Number.isSafeInteger(each) && each >= 0))
    return null;
  return Object.fromEntries(CIRCUIT_STATES.map((state, index) => [state, numbers[index]])) as FleetSummary;
}

/** A message of this version, or `undefined`: anybody who may publish can send anything. */
export function parseMessage(text: unknown): Message | undefined {
  if (typeof text !== 'string' || text.length > MAX_MESSAGE) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== 'object') return undefined;
  const { v, n, st, e, i, left, f } = value as Record<string, unknown>;
  const view = { st, e, i, left };
  if (v !== MESSAGE_VERSION || typeof n !== 'string' || !isView(view)) return undefined;
  return { n, ...view, isForced: f === 1 };
}

function isView(view: { readonly [K in keyof FleetView]: unknown }): view is FleetView {
  const { st, e, i, left } = view;
  if (!STATES.includes(st) || !Number.isSafeInteger(e) || (e as number) < 0) return false;
  if (typeof i !== 'string' || i === '' || i.length > MAX_INCARNATION) return false;
  return typeof left === 'number' && Number.isFinite(left) && left >= -1 && left <= MAX_DURATION;
}
