import { epochOf } from '../clock.js';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const TIME = '(?<hour>[01]\\d|2[0-3]):(?<minute>[0-5]\\d):(?<second>[0-5]\\d|60)';
const FORMS = [
  `[a-z]{3}, (?<day>\\d{2}) (?<month>[a-z]{3}) (?<year>\\d{4}) ${TIME} GMT`, // Sun, 06 Nov 1994 08:49:37 GMT
  `[a-z]{6,9}, (?<day>\\d{2})-(?<month>[a-z]{3})-(?<year>\\d{2}) ${TIME} GMT`, // Sunday, 06-Nov-94 08:49:37 GMT
  `[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})`, // Sun Nov  6 08:49:37 1994
].map((form) => new RegExp(`^${form}$`, 'i'));

const YEAR = 365.2425 * 86_400_000;

/**
 * Reads a date of HTTP as ms since the epoch, in any of the three forms that a recipient must accept (RFC 9110,
 * section 5.6.7); `undefined` where it is none.
 * @param wall the date of today, that two-digit years are near
 */
export function parseHttpDate(text: string, wall: number): number | undefined {
  for (const form of FORMS) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const month = MONTHS.indexOf((parts['month'] as string).toLowerCase());
    const [day, hour, minute, second] = ['day', 'hour', 'minute', 'second'].map((part) => Number(parts[part]));
    if (month < 0 || !day || day > 31) return undefined;
    return epochOf(
      yearOf(parts['year'] as string, wall),
      month,
      day,
      hour as number,
      minute as number,
      second as number,
    );
  }
  return undefined;
}

/** Of two digits: the last such year that is at most 50 years ahead. */
function yearOf(digits: string, wall: number): number {
  if (digits.length > 2) return Number(digits);
  const limit = Math.floor(1970 + wall / YEAR) + 50;
  const year = limit - (limit % 100) + Number(digits);
  return year > limit ? year - 100 : year;
}
