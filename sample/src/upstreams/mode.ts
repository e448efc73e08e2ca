/** What can be wrong with an upstream. */
export const AILMENTS = {
  errors: 'answers every request with 500',
  slow: 'answers, but takes its time',
  hang: 'accepts requests and never answers',
  refuse: 'refuses connections',
} as const;

export type Ailment = keyof typeof AILMENTS;

export type Mode = Ailment | 'healthy';

export const isAilment = (text: string): text is Ailment => Object.hasOwn(AILMENTS, text);

export const UPSTREAM_NAMES = ['payments', 'inventory', 'quotes'] as const;

export type UpstreamName = (typeof UPSTREAM_NAMES)[number];

export const isUpstreamName = (text: string | undefined): text is UpstreamName =>
  UPSTREAM_NAMES.some((name) => name === text);
