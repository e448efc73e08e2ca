import { resolve } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

const root = resolve(import.meta.dirname, '../..');
const IMPORTS = `
import { Observable, of } from 'rxjs';
import {
  Bulkhead, CircuitBreaker, Fallback, Hedge, InjectCircuitBreaker, OnCircuitEvent, PolicyRegistry, RateLimit, Retry, Timeout, guardedBy,
} from 'nest-circuit-breaker';
import type { CircuitBreakerPolicy, PolicyEvent, PolicyEventOf } from 'nest-circuit-breaker';
`;

/** Compiles snippets, each a module of its own, and tells which of them have faults. */
function refused(snippets: Readonly<Record<string, string>>, shared = ''): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(resolve(root, 'tsconfig.json'), {}, ts.sys as never);
  if (config === undefined) throw new Error('tsconfig.json cannot be read');
  const options: ts.CompilerOptions = { ...config.options, noUnusedLocals: false, noUnusedParameters: false };
  const names = Object.keys(snippets);
  const fileOf = (name: string) => resolve(root, 'test/types', `snippet-${names.indexOf(name)}.ts`);
  const files = new Map(names.map((name) => [fileOf(name), `${IMPORTS}${shared}\n${snippets[name]}\nexport {};\n`]));
  const host = ts.createCompilerHost(options);
  const { fileExists, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.getSourceFile = (file, ...rest) => {
    const code = files.get(file);
    return code === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, code, ts.ScriptTarget.ES2022);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return names.filter((name) => program.getSemanticDiagnostics(program.getSourceFile(fileOf(name))).length > 0);
}

const on = (method: string, decorator = '@CircuitBreaker()') => `class Shop { ${decorator} ${method} }`;

describe('the decorators', () => {
  it('compile on methods that answer later, and on no others', () => {
    const right = {
      'an async method': on('async buy(id: number): Promise<string> { return `${id}`; }'),
      'a promise by declaration': on('buy(): PromiseLike<void> { return Promise.resolve(); }'),
      'an Observable': on('items(): Observable<number> { return of(1); }'),
      'an async generator': on('async *rows(): AsyncGenerator<number> {}'),
      'an AsyncIterable': on('rows(): AsyncIterable<number> { throw new Error(); }'),
      'a private method': on('private async buy(): Promise<void> {}'),
      'a generic method': on('async buy<T>(item: T): Promise<T> { return item; }'),
      'an abstract class': 'abstract class Shop { @Retry() async buy(): Promise<void> {} }',
      'a whole class':
        '@CircuitBreaker("shop", { failureThreshold: 3 }) class Shop { constructor(readonly city: string) {} }',
      'a stack': on(
        'async buy(id: number): Promise<string> { return `${id}`; }',
        `@Fallback('other', { on: [RangeError, (error) => error instanceof TypeError] })
         @Fallback((id: number, error: Error) => error.message)
         @Retry({ maxAttempts: 3, delay: '1s' }) @CircuitBreaker('shop', { key: (id: number) => String(id) })
         @Timeout('2s') @Timeout(100) @Bulkhead(10) @Bulkhead('places') @RateLimit({ limit: 10 }) @Hedge({ delay: '1s' })`,
      ),
    };
    const wrong = {
      'a synchronous method': on('sum(): number { return 1; }'),
      'a method without an answer': on('run(): void {}'),
      'a method that may be synchronous': on('get(): Promise<number> | number { return 1; }'),
      'a synchronous generator': on('*rows(): Generator<number> {}'),
      'a static method': on('static async buy(): Promise<void> {}'),
      'a static method, by another decorator': on('static async buy(): Promise<void> {}', '@Timeout("1s")'),
      'a property': on('buy = async (): Promise<void> => {};'),
      'an accessor': on('get buy(): Promise<void> { return Promise.resolve(); }'),
      'a class, by a method decorator': '@Retry() class Shop {}',
      'an unknown option': on('async buy(): Promise<void> {}', '@CircuitBreaker({ failureTreshold: 3 })'),
      'a wrong option': on('async buy(): Promise<void> {}', '@Retry({ jitter: "some" })'),
      'a rate limit of nothing': on('async buy(): Promise<void> {}', '@RateLimit()'),
    };
    expect(refused({ ...right, ...wrong })).toEqual(Object.keys(wrong));
  }, 120_000);

  it('give a listener the event that it asked for', () => {
    const right = {
      'one type': `class Pager { @OnCircuitEvent('opened') hear(event: PolicyEventOf<'opened'>): void { void event.retryAfter; } }`,
      'any type': 'class Pager { @OnCircuitEvent() hear(event: PolicyEvent): void { void event.type; } }',
      nothing: `class Pager { @OnCircuitEvent('opened') hear(): void {} }`,
    };
    const wrong = {
      'another type': `class Pager { @OnCircuitEvent('opened') hear(event: PolicyEventOf<'retried'>): void { void event; } }`,
      'an unknown type': `class Pager { @OnCircuitEvent('open') hear(): void {} }`,
    };
    expect(refused({ ...right, ...wrong })).toEqual(Object.keys(wrong));
  }, 120_000);

  it('know the names that PolicyNames is told, and no others', () => {
    const names = `declare module 'nest-circuit-breaker' {
      interface PolicyNames { breaker: 'payments' | 'inventory'; timeout: 'quick' }
    }
    declare const registry: PolicyRegistry;`;
    const right = {
      'a known breaker': on('async buy(): Promise<void> {}', "@CircuitBreaker('payments')"),
      'a keyed one': "registry.circuitBreaker('payments:eu');",
      'a known time-out': on('async buy(): Promise<void> {}', "@Timeout('quick')"),
      'a duration': on('async buy(): Promise<void> {}', "@Timeout('2s')"),
      'a kind without names': on('async buy(): Promise<void> {}', "@Retry('gentle')"),
      'any name, to look up': "registry.find('whatever');",
      'an injected one':
        "class Desk { constructor(@InjectCircuitBreaker('inventory') readonly it: CircuitBreakerPolicy) {} }",
    };
    const wrong = {
      'an unknown breaker': on('async buy(): Promise<void> {}', "@CircuitBreaker('paiments')"),
      'an unknown breaker of the registry': "registry.circuitBreaker('paiments');",
      'a keyed one of an unknown breaker': "registry.circuitBreaker('paiments:eu');",
      'a breaker for a time-out': "registry.timeout('payments');",
      'an unknown time-out': on('async buy(): Promise<void> {}', "@Timeout('quik')"),
      'an unknown injected one':
        "class Desk { constructor(@InjectCircuitBreaker('stock') readonly it: CircuitBreakerPolicy) {} }",
    };
    expect(refused({ ...right, ...wrong }, names)).toEqual(Object.keys(wrong));
  }, 120_000);
});
