interface Client {
  readonly readyState?: unknown;
  readonly send?: unknown;
  readonly emit?: unknown;
}

/**
 * Sends an `exception` message as Nest's own filter does. A native WebSocket has an `emit`, too, that only its own
 * listeners hear; it is known by its numeric `readyState`.
 */
export function sendException(client: unknown, payload: object): void {
  const { readyState, send, emit } = (client ?? {}) as Client;
  if (typeof readyState === 'number' && typeof send === 'function') {
    send.call(client, JSON.stringify({ event: 'exception', data: payload }));
  } else if (typeof emit === 'function') {
    emit.call(client, 'exception', payload);
  }
}
