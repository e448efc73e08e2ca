// What a test of Nest needs, in plain JavaScript: decorators by hand and an application without a server.

export function decorate(type, key, decorators) {
  let descriptor = Object.getOwnPropertyDescriptor(type.prototype, key);
  for (const decorator of decorators.toReversed())
    descriptor = decorator(type.prototype, key, descriptor) ?? descriptor;
  Object.defineProperty(type.prototype, key, descriptor);
}

/** Starts an application of one service. */
export async function inNest(Service, ...libraries) {
  const { Module } = await nest();
  const { NestFactory } = await import('@nestjs/core');
  class App {}
  Module({ imports: libraries, providers: [Service] })(App);
  return NestFactory.createApplicationContext(App, { logger: false });
}

export async function nest() {
  await import('reflect-metadata');
  const common = await import('@nestjs/common');
  common.Logger.overrideLogger(false);
  return common;
}
