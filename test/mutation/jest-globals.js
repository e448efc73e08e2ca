// Stands for @jest/globals where mocha runs the specs; each of them imports a copy of its own.
import 'reflect-metadata';
import { expect } from 'expect';
import { bind } from 'jest-each';
import { ModuleMocker } from 'jest-mock';
import { resolve } from 'node:path';

// A property need only fail, in the same way each time.
process.env.PROPERTY_RUNS ??= '20';
process.env.PROPERTY_SEED ??= '1';
process.env.PROPERTY_SHRINK ??= 'no';

const { describe: suite, it: test, before, after, beforeEach: mochaBeforeEach, afterEach: mochaAfterEach } = globalThis;

// Results are kept for the next run unless the file of a test has changed: the one that was written, not the built one.
const file = resolve(new URL(import.meta.url).searchParams.get('for'));

/**
 * How long Node may have had nothing to do in a test, in ms, before it is taken for hung: many mutants leave a promise
 * open, and each costs this much. Time in which it works doesn't count, so a busy machine fails no test.
 */
const PATIENCE = 250;

function hung() {
  const start = performance.eventLoopUtilization();
  let timer;
  const promise = new Promise((_, reject) => {
    timer = setInterval(() => {
      if (performance.eventLoopUtilization(start).idle > PATIENCE) reject(new Error('Nothing happens any more'));
    }, PATIENCE / 5);
  });
  return { promise, stop: () => clearInterval(timer) };
}

// mocha hands a callback to whatever takes a parameter
const plain = (body) => () => body();

function it(title, body) {
  const made = test(title, async () => {
    const { promise, stop } = hung();
    try {
      await Promise.race([body(), promise]);
    } finally {
      stop();
    }
  });
  made.file = file;
}
it.each = bind(it, false);
it.failing = () => undefined; // what fails as it is tells nothing about a mutant

// To mocha a hook outside of all suites is one for the specs of all files.
const hooks = [];
let depth = 0;

function describe(title, body) {
  suite(title, () => {
    if (depth === 0) for (const [register, hook] of hooks) register(hook);
    depth += 1;
    body();
    depth -= 1;
  });
}
describe.each = bind(describe, false);

const hook = (register) => (body) => (depth === 0 ? hooks.push([register, plain(body)]) : register(plain(body)));
const beforeAll = hook(before);
const afterAll = hook(after);
const beforeEach = hook(mochaBeforeEach);
const afterEach = hook(mochaAfterEach);

const mocker = new ModuleMocker(globalThis);
const jest = {
  fn: mocker.fn.bind(mocker),
  spyOn: mocker.spyOn.bind(mocker),
  restoreAllMocks: () => mocker.restoreAllMocks(),
};

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, it as test, jest };
