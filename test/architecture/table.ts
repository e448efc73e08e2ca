/** Who may import whom: the folders of `lib/` and the root index, each with the folders it may see. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  index: ['nest', 'options', 'engine'],
  nest: ['options', 'engine'],
  options: ['engine'],
  engine: [],
  terminus: ['nest', 'options', 'engine'],
  config: ['nest', 'options', 'engine'],
  admin: ['nest', 'options', 'engine'],
  prometheus: ['nest', 'options', 'engine'],
  opentelemetry: ['nest', 'options', 'engine'],
  redis: ['nest', 'options', 'engine'],
  testing: ['nest', 'options', 'engine'],
};

const NEST = ['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs'];

/** The packages a folder may import, besides Node's own modules: at most one of them is an optional peer. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  index: [],
  nest: NEST,
  options: ['ms', 'zod'],
  engine: [],
  terminus: [...NEST, '@nestjs/terminus'],
  config: [...NEST, '@nestjs/config', 'smol-toml', 'yaml'], // the parsers are loaded with the first file of their kind
  admin: [...NEST, 'zod'],
  prometheus: [...NEST, 'prom-client'],
  opentelemetry: [...NEST, '@opentelemetry/api'],
  redis: [...NEST, 'ioredis'],
  testing: NEST,
};

export const PACKAGE_NAME = 'nest-circuit-breaker';
export const MAX_LINES = 250;

/** The one file of the engine that may ask the machine for time and chance. */
export const CLOCK = 'engine/clock.ts';
