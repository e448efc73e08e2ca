import type { Report } from './messages.js';

/**
 * Ties this process to the one that started it: when that one is gone, however it died, the channel between them
 * closes and this one ends. A process that was started by hand has no channel and lives on its own.
 */
export function holdLifeline(): void {
  process.on('disconnect', () => process.exit(0));
  // it may have gone while this one was still loading
  if (process.connected === false) process.exit(0);
}

/** Tells the process that started this one; without one, says failures on standard error. */
export function report(message: Report): void {
  if (process.send === undefined) {
    if (message.type === 'failed') process.stderr.write(`${message.message}\n`);
  } else if (process.connected) {
    process.send(message);
  }
}

/** Reports why this process cannot do its work, and ends it. */
export function fail(fault: unknown): void {
  const error = fault instanceof Error ? fault : new Error(String(fault));
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'ERR_START';
  process.exitCode = 1;
  report({ type: 'failed', code, message: error.message });
  // the channel would keep the process alive; it closes once the report is on its way
  if (process.connected) process.disconnect();
}
