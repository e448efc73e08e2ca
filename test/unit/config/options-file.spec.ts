import { describe, expect, it, jest } from '@jest/globals';

import { ConfigFileError, circuitBreakerConfig } from '../../../lib/config/index.js';
import { createRegistry } from '../../../lib/options/index.js';
import { Folder } from '../../fixtures/folder.js';

const folder = new Folder();

async function optionsIn(name: string, content: unknown) {
  const file = await folder.write(name, content);
  const registry = createRegistry(await circuitBreakerConfig({ file, env: {} })());
  return registry.circuitBreaker('payments').options;
}

async function faultIn(name: string, content: unknown): Promise<Error> {
  return optionsIn(name, content).then(
    () => new Error('it was taken'),
    (error: Error) => error,
  );
}

const wanted = { failureThreshold: 4, breakDuration: 7_000, tags: ['money', 'core'] };

describe('a configuration file', () => {
  it.each([
    ['of JSON', 'c.json', { breakers: { payments: { ...wanted, breakDuration: '7s' } } }],
    ['of JSON with a byte order mark', 'c.json', `\uFEFF${JSON.stringify({ breakers: { payments: wanted } })}`],
    ['of YAML', 'c.yaml', 'breakers:\n  payments: { failureThreshold: 4, breakDuration: 7s, tags: [money, core] }\n'],
    [
      'of YAML, shortened',
      'c.YML',
      'breakers:\n  payments:\n    failureThreshold: 4\n    breakDuration: 7s\n    tags: money, core\n',
    ],
    [
      'of TOML',
      'c.toml',
      '[breakers.payments]\nfailureThreshold = 4\nbreakDuration = "7s"\ntags = ["money", "core"]\n',
    ],
  ])('%s is read', async (_, name, content) => {
    expect(await optionsIn(name, content)).toMatchObject(wanted);
  });

  it.each(['c.json', 'c.yaml', 'c.toml'])('that is empty says nothing: %s', async (name) => {
    expect(await optionsIn(name, ' \n')).toMatchObject({ failureThreshold: 5 });
  });

  it('may name its schema', async () => {
    const content = { $schema: './node_modules/nest-circuit-breaker/dist/circuit-breaker.schema.json', breakers: {} };
    expect(await optionsIn('c.json', content)).toMatchObject({ failureThreshold: 5 });
  });

  it('that has a schema anywhere else has an unknown option', async () => {
    expect((await faultIn('c.json', { breakers: { payments: { $schema: 'x' } } })).message).toContain('"$schema"');
  });

  it.each([
    ['c.json', '{ "breakers": ', /c\.json: /],
    ['c.yaml', 'breakers:\n  payments: {\n', /c\.yaml: .* at line \d/],
    ['c.yaml', 'strict: true\nstrict: false\n', /c\.yaml: Map keys must be unique/],
    ['c.toml', '[breakers\n', /c\.toml: /],
    ['c.ini', 'x=1', /c\.ini: expected a file that ends in \.json, \.yaml, \.yml, \.toml/],
    ['c.json', '[]', /c\.json: expected an object/],
    ['c.yaml', 'just words', /c\.yaml: expected an object/],
  ])('that cannot be used is told of by its name: %s with %j', async (name, content, message) => {
    expect((await faultIn(name, content)).message).toMatch(message);
  });

  it('that cannot be read is told of by its name and the reason', async () => {
    const file = folder.at('missing.yaml');
    await expect(circuitBreakerConfig({ file, env: {} })()).rejects.toThrow(`${file}: cannot be read (ENOENT)`);
    await expect(circuitBreakerConfig({ file, env: {} })()).rejects.toBeInstanceOf(ConfigFileError);
  });

  it('that repeats itself beyond measure is refused', async () => {
    const bomb = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : `*a${i - 1},`.repeat(9)}]`);
    expect((await faultIn('c.yaml', bomb.join('\n'))).message).toMatch(/alias/i);
  });

  it.each([
    ['c.json', '{ "__proto__": { "polluted": 1 }, "breakers": { "__proto__": { "timeout": "1s" } } }'],
    ['c.json', '{ "breakers": { "payments": { "__proto__": { "polluted": 1 } } } }'],
    ['c.yaml', '__proto__: { polluted: 1 }\nbreakers: { constructor: { prototype: { polluted: 1 } } }'],
    ['c.toml', '[__proto__]\npolluted = 1\n'],
    ['c.toml', '[breakers.payments.__proto__]\npolluted = 1\n'],
  ])('cannot pollute a prototype: %s with %s', async (name, content) => {
    expect((await faultIn(name, content)).message).toMatch(/Invalid options|__proto__|redefine/);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes names that objects have of their own for what they are', async () => {
    const file = await folder.write('c.json', { breakers: { constructor: { timeout: '1s' }, toString: {} } });
    const registry = createRegistry(await circuitBreakerConfig({ file, env: {} })());
    expect(registry.source.names('circuit_breaker')).toEqual(['constructor', 'toString']);
    expect(registry.circuitBreaker('constructor').options.timeout).toBe(1_000);
  });

  it.each([
    ['c.yaml', 'yaml'],
    ['c.toml', 'smol-toml'],
  ])('without its parser says which package to install: %s', async (name, parser) => {
    const file = await folder.write(name, 'x');
    await jest.isolateModulesAsync(async () => {
      jest.unstable_mockModule(parser, () => {
        throw new Error(`Cannot find package '${parser}'`);
      });
      const { circuitBreakerConfig: read } = await import('../../../lib/config/index.js');
      await expect(read({ file, env: {} })()).rejects.toThrow(
        `${file}: needs the package "${parser}": npm install ${parser}`,
      );
    });
  });
});
