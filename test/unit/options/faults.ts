import { OptionsError, parseOptions } from '../../../lib/options/index.js';
import type { OptionsFault } from '../../../lib/options/index.js';

/** All faults that `act` is refused for; none when it passes. Whatever else it throws comes through. */
export function faultsOf(act: () => unknown): readonly OptionsFault[] {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.faults;
    throw error;
  }
}

/** The faults of module options as lines. */
export const complaints = (options: unknown): readonly string[] =>
  faultsOf(() => parseOptions(options)).map(({ path, message }) => `${path}: ${message}`);

/** The complaint about one option of one breaker, without its path; `undefined` when it passes. */
export function complaint(option: string, value: unknown): string | undefined {
  const [line] = complaints({ breakers: { payments: { [option]: value } } });
  return line?.replace(`breakers.payments.${option}: `, '');
}
