import { REPORT } from '../../../lib/redis/scripts.js';
import { withScript } from './variant.js';

/** Believes whatever is said of a probe, by whomever and however late. */
export const noFence = withScript(
  REPORT,
  `if st ~= 'half_open' or i ~= ARGV[6] or e ~= tonumber(ARGV[5]) or not redis.call('ZSCORE', p, ARGV[4]) then`,
  'if false then',
);
