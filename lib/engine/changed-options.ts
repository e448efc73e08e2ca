import { isDeepStrictEqual } from 'node:util';

import type { NamedPolicyKind, UpdateDetails } from './ports.js';
import type { Scope } from './scope.js';

/** The options that differ, with their new values; `undefined` where none does. Functions are compared by identity. */
export function changedOptions(before: object, after: object): Readonly<Record<string, unknown>> | undefined {
  if (before === after) return undefined;
  const old = before as Readonly<Record<string, unknown>>;
  const changed = Object.entries(after).filter(([key, value]) => !isDeepStrictEqual(old[key], value));
  return changed.length === 0 ? undefined : Object.fromEntries(changed);
}

/** Says that options have changed. */
export function tellUpdated(
  scope: Scope,
  kind: NamedPolicyKind,
  name: string,
  changes: Readonly<Record<string, unknown>>,
  { actor, reason }: UpdateDetails = {},
): void {
  if (!scope.events.hears('updated')) return;
  const by = { ...(actor === undefined ? {} : { actor }), ...(reason === undefined ? {} : { reason }) };
  scope.emit('updated', kind, name, { changes, ...by });
}
