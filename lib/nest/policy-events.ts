import { Observable } from 'rxjs';

import type { PolicyEvent, PolicyRegistry } from '../engine/index.js';

/** All events of an application's policies, from the moment of subscribing; it never completes. */
export function policyEvents(registry: PolicyRegistry): Observable<PolicyEvent> {
  return new Observable((subscriber) => registry.on('*', (event) => subscriber.next(event)));
}
