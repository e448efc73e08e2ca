import { z } from 'zod';

import { docs } from './fields.js';
import { KINDS, KIND_NAMES } from './kinds.js';
import { moduleSchema } from './module-schema.js';

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [key: string]: unknown };

type Node = { [key: string]: unknown };
type Definitions = { readonly [name: string]: { readonly properties?: { readonly [option: string]: Node } } };

/** What no JSON says: a function, a clock. */
const UNWRITABLE = 'x-unwritable';
const LIKE = 'x-like';

/**
 * The module's options as JSON Schema, for editors and for files: what only code can say is not in it. Made out of the
 * very schema that options are checked by.
 */
export function circuitBreakerJsonSchema(): JsonSchema {
  const { $schema, $defs } = generate(moduleSchema) as { readonly $schema: string; readonly $defs: Definitions };
  const { CircuitBreakerModuleOptions: root, ...definitions } = $defs;
  const { properties = {}, ...rest } = root ?? {};
  for (const kind of KIND_NAMES) {
    const { section, shorthand } = KINDS[kind];
    const byName = properties[section];
    if (shorthand === undefined || byName === undefined) continue;
    const inFull = byName['additionalProperties'] as { readonly $ref: string };
    const bare = definitions[inFull.$ref.slice('#/$defs/'.length)]?.properties?.[shorthand]?.['anyOf'] as Node[];
    byName['additionalProperties'] = { anyOf: [...bare, inFull] };
  }
  const link = { type: 'string', description: 'Where this schema is, for editors.' };
  return {
    $schema,
    title: 'nest-circuit-breaker',
    ...rest,
    properties: { $schema: link, ...properties },
    $defs: definitions,
  };
}

function generate(schema: z.ZodType): Node {
  const json = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-2020-12',
    metadata: docs,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const { type } = zodSchema._zod.def;
      if (type === 'custom') (jsonSchema as Node)[UNWRITABLE] = true;
      const { usual, like } = docs.get(zodSchema) ?? {};
      if (usual !== undefined) (jsonSchema as Node)['default'] = usual;
      if (like !== undefined) (jsonSchema as Node)[LIKE] = generate(like as z.ZodType);
      delete (jsonSchema as Node)['usual'];
      delete (jsonSchema as Node)['like'];
    },
  });
  return clean(json) as Node;
}

/** Leaves out what no JSON says: alternatives, and properties that have no other. */
function clean(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(clean).filter((each) => each !== UNWRITABLE);
  if (node === null || typeof node !== 'object') return node;
  const from = node as Node;
  if (from[UNWRITABLE] === true) return UNWRITABLE;
  if (from[LIKE] !== undefined) return from[LIKE];
  const entries = Object.entries(from).map(([key, value]): [string, unknown] => [key, clean(value)]);
  return Object.fromEntries(entries.filter(([, value]) => value !== UNWRITABLE));
}
