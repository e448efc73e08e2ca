/** A circle of names as a text that is the same wherever one begins: `a → b → a`. */
export function circleText(names: readonly string[]): string {
  const start = names.indexOf(leastOf(names));
  const turned = [...names.slice(start), ...names.slice(0, start)];
  return [...turned, turned[0]].join(' → ');
}

/** The name at which a circle is told. */
export const leastOf = (names: readonly string[]): string =>
  names.reduce((least, each) => (each < least ? each : least));
