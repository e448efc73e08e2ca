import { describe, expect, it } from '@jest/globals';

import { addCause } from '../../../lib/engine/index.js';

describe('a cause', () => {
  it('is added to whatever is an error by its looks, and to nothing else', () => {
    const cause = new Error('first');
    const bare = new Error('without a stack');
    Reflect.deleteProperty(bare, 'stack');
    const foreign = { message: 'from another realm', stack: 'somewhere' };
    const others = [{ stack: 'somewhere' }, { message: 'alone' }, { message: 5, stack: 'somewhere' }, 'text', null];
    for (const error of [bare, foreign, ...others]) addCause(error, cause);
    expect([bare.cause, (foreign as { cause?: unknown }).cause]).toEqual([cause, cause]);
    expect(others.map((other) => (other as { cause?: unknown } | null)?.cause)).toEqual(others.map(() => undefined));
  });
});
