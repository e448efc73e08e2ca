type Fn = (...args: never[]) => unknown;

/**
 * How many arguments a function can see: its parameters, or `Infinity` where its source leaves that open (defaults,
 * rest, `arguments`, `eval`, comments among the parameters) or cannot be read.
 */
export function visibleArguments(fn: Fn): number {
  const source = Function.prototype.toString.call(fn);
  if (/\b(arguments|eval|native code)\b/.test(source)) return Infinity;
  const parameters = source.slice(source.indexOf('('), source.indexOf(')'));
  return /=|\.\.\.|\/\*|\/\//.test(parameters) ? Infinity : fn.length;
}
