import { isDeepStrictEqual } from 'node:util';

import type { NamedPolicyKind } from './ports.js';

/** What code and operators said of one policy, besides the configuration. */
export interface Said {
  readonly inline: object | undefined;
  readonly update: Readonly<Record<string, unknown>> | undefined;
}

const NOTHING: Said = Object.freeze({ inline: undefined, update: undefined });

/** Remembers what was said of policies; only of some: most live by their configuration alone. */
export class SaidOptions {
  private readonly known = new Map<string, Said>();

  of(kind: NamedPolicyKind, name: string): Said {
    return this.known.get(keyOf(kind, name)) ?? NOTHING;
  }

  /** Does what follows from something said; when it throws, nothing was said. */
  say<T>(kind: NamedPolicyKind, name: string, said: Said, then: () => T): T {
    const key = keyOf(kind, name);
    const before = this.of(kind, name);
    this.known.set(key, said);
    try {
      return then();
    } catch (error) {
      this.known.set(key, before);
      throw error;
    }
  }

  forget(kind: NamedPolicyKind, name: string): void {
    this.known.delete(keyOf(kind, name));
  }

  /** @throws {TypeError} unless `inline` is what was said before */
  requireSame(kind: NamedPolicyKind, name: string, inline: object): void {
    if (isDeepStrictEqual(this.of(kind, name).inline, inline)) return;
    throw new TypeError(
      `${kind.replace('_', ' ')} "${name}" exists with other options; ` +
        `say its options in one place, or change them with registry.update('${name}', …)`,
    );
  }
}

const keyOf = (kind: NamedPolicyKind, name: string): string => `${kind} ${name}`;
