import type { ConfigService } from '@nestjs/config';
import type { CircuitBreakerModuleOptions } from 'nest-circuit-breaker';

import { UPSTREAM_NAMES } from '../upstreams/mode.js';
import type { UpstreamName } from '../upstreams/mode.js';

type BreakerSettings = Readonly<Record<string, string | number | boolean>>;

/** Short breaks and windows, so that a person sees the whole story within a minute. */
const COMMON: BreakerSettings = {
  failureThreshold: 5,
  slowCallDuration: '400ms',
  slowCallRatio: 0.5,
  minimumThroughput: 10,
  samplingDuration: '10s',
  breakDuration: '5s',
  successThreshold: 4,
};

const BREAKERS: Readonly<Record<UpstreamName, BreakerSettings>> = {
  payments: COMMON,
  inventory: COMMON,
  // yesterday's price will do for a while: an open breaker here is no reason to take the shop out of service
  quotes: { ...COMMON, critical: false },
};

/** What operators may tune without a release: PAYMENTS_BREAK_DURATION=20s, QUOTES_FAILURE_RATIO=0.3, … */
const TUNABLE: Readonly<Record<string, string>> = {
  FAILURE_THRESHOLD: 'failureThreshold',
  FAILURE_RATIO: 'failureRatio',
  SLOW_CALL_DURATION: 'slowCallDuration',
  SLOW_CALL_RATIO: 'slowCallRatio',
  MINIMUM_THROUGHPUT: 'minimumThroughput',
  SAMPLING_DURATION: 'samplingDuration',
  BREAK_DURATION: 'breakDuration',
  SUCCESS_THRESHOLD: 'successThreshold',
};

/** The breakers as the shop wants them, with what the environment says on top. */
export function breakerOptions(config: ConfigService): CircuitBreakerModuleOptions {
  return {
    enabled: config.get<string>('BREAKERS_ENABLED') !== 'false',
    drain: '1s',
    breakers: Object.fromEntries(UPSTREAM_NAMES.map((name) => [name, { ...BREAKERS[name], ...tuned(name, config) }])),
  };
}

function tuned(name: UpstreamName, config: ConfigService): BreakerSettings {
  const settings = Object.entries(TUNABLE).map(
    ([variable, option]) => [option, config.get<string>(`${name.toUpperCase()}_${variable}`)] as const,
  );
  return Object.fromEntries(settings.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
