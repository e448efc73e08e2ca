// A message is a sentence that says what changes, or why: no types, no scopes, no ticket numbers.

/** @type {import('@commitlint/types').UserConfig} */
export default {
  parserPreset: { parserOpts: { headerPattern: /^(.*)$/, headerCorrespondence: ['subject'] } },
  rules: {
    'header-trim': [2, 'always'],
    'header-max-length': [2, 'always', 160],
    'header-min-length': [2, 'always', 10],
    'header-full-stop': [2, 'never', '.'],
    'begins-like-a-sentence': [2, 'always'],
    'body-leading-blank': [2, 'always'],
  },
  plugins: [
    {
      rules: {
        'begins-like-a-sentence': ({ header }) => [
          /^(?:[A-Z@]|[a-z][\w.]*\(|[a-z]+\.[a-z])/.test(header ?? ''),
          'begin with a capital, as a sentence does, or with a name from the code',
        ],
      },
    },
  ],
};
