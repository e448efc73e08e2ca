import { describe, expect, it } from '@jest/globals';

import { NameLimit } from '../../../../lib/engine/index.js';

describe('name limit', () => {
  it('gives the first names their own label and all later ones a common one', () => {
    const limit = new NameLimit(2);
    expect(['a', 'b', 'c', 'd'].map((name) => limit.labelOf(name))).toEqual(['a', 'b', '_other', '_other']);
  });

  it('keeps the label of a name that it has seen', () => {
    const limit = new NameLimit(1);
    limit.labelOf('a');
    limit.labelOf('b');
    expect(limit.labelOf('a')).toBe('a');
  });

  it('cuts names that are very long', () => {
    const limit = new NameLimit(1);
    expect(limit.labelOf(`${'x'.repeat(119)}yz`)).toBe(`${'x'.repeat(119)}y`);
    expect(limit.labelOf(`${'x'.repeat(119)}y and more`)).toBe(`${'x'.repeat(119)}y`);
  });
});
