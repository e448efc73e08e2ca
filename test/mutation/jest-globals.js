// Stands for @jest/globals where mocha runs the specs.
import 'reflect-metadata';
import { expect } from 'expect';
import { bind } from 'jest-each';
import { fn } from 'jest-mock';

// A property need only fail, in the same way each time.
process.env.PROPERTY_RUNS ??= '20';
process.env.PROPERTY_SEED ??= '1';
process.env.PROPERTY_SHRINK ??= 'no';

const { describe: suite, it: test, before, after, beforeEach: mochaBeforeEach, afterEach: mochaAfterEach } = globalThis;

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
  test(title, () => {
    const answer = body();
    if (!(answer instanceof Promise)) return undefined;
    const { promise, stop } = hung();
    return Promise.race([answer, promise]).finally(stop);
  });
}
it.each = bind(it, false);

function describe(title, body) {
  suite(title, plain(body));
}
describe.each = bind(describe, false);

const beforeAll = (body) => before(plain(body));
const afterAll = (body) => after(plain(body));
const beforeEach = (body) => mochaBeforeEach(plain(body));
const afterEach = (body) => mochaAfterEach(plain(body));
const jest = { fn };

export { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, it as test, jest };
