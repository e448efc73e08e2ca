import type { Scenario } from '../report.js';
import { manyBreakers } from './many-breakers.js';
import { outage } from './outage.js';
import { partition } from './partition.js';
import { quorum } from './quorum.js';
import { restart } from './restart.js';
import { rollingDeploy } from './rolling-deploy.js';
import { load, sizing } from './sizing.js';
import { slowNetwork } from './slow-network.js';
import { traffic } from './traffic.js';

/** By the name that the command line knows. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  outage,
  traffic,
  quorum,
  partition,
  'slow-network': slowNetwork,
  'rolling-deploy': rollingDeploy,
  restart,
  'many-breakers': manyBreakers,
  load,
  sizing,
};
