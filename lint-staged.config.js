/** @type {import('lint-staged').Configuration} */
export default {
  '*.{ts,js}': ['oxlint --fix --deny-warnings', 'prettier --write'],
  '*.{json,md,yaml,yml,css,html}': 'prettier --write --ignore-unknown',
};
