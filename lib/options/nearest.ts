const MAX_LENGTH = 48;

/** What other libraries call it. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['automatictransition', 'breakDuration'],
  ['capacity', 'maxConcurrent'],
  ['durationofbreak', 'breakDuration'],
  ['errorfilter', 'ignoreErrors'],
  ['errorthreshold', 'failureRatio'],
  ['errorthresholdpercentage', 'failureRatio'],
  ['failureratethreshold', 'failureRatio'],
  ['halfopenafter', 'breakDuration'],
  ['ignoreexceptions', 'ignoreErrors'],
  ['maxattempt', 'maxAttempts'],
  ['maxretries', 'maxAttempts'],
  ['minimumnumberofcalls', 'minimumThroughput'],
  ['permittednumberofcallsinhalfopenstate', 'halfOpenMaxCalls'],
  ['recordexceptions', 'recordErrors'],
  ['resettimeout', 'breakDuration'],
  ['retries', 'maxAttempts'],
  ['rollingcounttimeout', 'samplingDuration'],
  ['slidingwindowsize', 'samplingSize'],
  ['slowcalldurationthreshold', 'slowCallDuration'],
  ['slowcallratethreshold', 'slowCallRatio'],
  ['volumethreshold', 'minimumThroughput'],
  ['waitdurationinopenstate', 'breakDuration'],
]);

/** The known name that was most likely meant, or `undefined` where none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length === 0 || name.length > MAX_LENGTH) return undefined;
  const wanted = fold(name);
  const names = [...known];
  const translated = ELSEWHERE.get(wanted);
  if (translated !== undefined && names.includes(translated)) return translated;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    if (candidate.length > MAX_LENGTH) continue;
    const folded = fold(candidate);
    if (Math.abs(folded.length - wanted.length) >= least) continue;
    const distance = distanceBetween(wanted, folded);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  if (best !== undefined) return best;
  if (wanted.length < 5) return undefined;
  return names.find((candidate) => fold(candidate).includes(wanted) || isPart(fold(candidate), wanted));
}

/** `, did you mean "x"?`, or nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const found = nearest(name, known);
  return found === undefined ? '' : `, did you mean "${found}"?`;
}

const fold = (name: string): string => name.toLowerCase().replace(/[-_. ]/g, '');
const isPart = (part: string, whole: string): boolean => part.length >= 5 && whole.includes(part);

/** Edits that make one text of the other, a swap of neighbours being one (optimal string alignment). */
function distanceBetween(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((row[j - 1] as number) + 1, (previous[j] as number) + 1, (previous[j - 1] as number) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, (before[j - 2] as number) + 1);
      row.push(least);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] as number;
}
