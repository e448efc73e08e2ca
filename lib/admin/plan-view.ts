import type { Plan, PlannedPolicy } from '../engine/index.js';
import type { Redaction } from './redaction.js';

/** The plan as it leaves the process: the hook sees the options of each policy, and what it leaves keeps its origin. */
export function planView({ methods, others, ...plan }: Plan, redaction: Redaction): object {
  return {
    ...plan,
    methods: methods.map(({ policies, ...method }) => ({
      ...method,
      policies: policies.map((policy) => policyView(policy, redaction)),
    })),
    others: others.map((policy) => policyView(policy, redaction)),
  };
}

function policyView({ options, ...policy }: PlannedPolicy, redaction: Redaction): object {
  const values = Object.fromEntries(Object.entries(options).map(([key, { value }]) => [key, value]));
  const shown = redaction.options(policy.name, values);
  if (typeof shown !== 'object' || shown === null) return { ...policy, options: shown };
  const withOrigins = Object.entries(shown).map(([key, value]) => [key, { ...options[key], value: value as unknown }]);
  return { ...policy, options: Object.fromEntries(withOrigins) as unknown };
}
