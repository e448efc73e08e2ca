import { describe, expect, it } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import * as checks from './architecture/checks.js';
import { engineIsDeterministic } from './architecture/determinism.js';
import { readSources } from './architecture/sources.js';

const sources = readSources(fileURLToPath(new URL('../lib', import.meta.url)));

describe('architecture', () => {
  it('reads the files of lib/', () => {
    expect(sources.length).toBeGreaterThan(0);
  });

  it.each([...Object.entries(checks), ['engineIsDeterministic', engineIsDeterministic] as const])('%s', (_, check) => {
    expect(check(sources)).toEqual([]);
  });
});
