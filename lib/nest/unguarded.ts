import { Logger } from '@nestjs/common';

const warned = new WeakSet<object>();
const logger = new Logger('CircuitBreaker');

/** Says once a class that an instance of it was made by hand, and so has nothing to guard it. */
export function warnUnguarded(receiver: object | undefined, target: object): void {
  const prototype = receiver === undefined ? target : ((Object.getPrototypeOf(receiver) as object | null) ?? target);
  if (warned.has(prototype)) return;
  warned.add(prototype);
  const { name } = (prototype as { constructor: { name: string } }).constructor;
  logger.warn(
    receiver === undefined
      ? `A guarded method of ${name} was called without its object: the call goes straight through. Call it on the object, or bind it.`
      : `${name} was not made by Nest's container: calls of its guarded methods go straight through.`,
  );
}
