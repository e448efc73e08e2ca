import type { Plan, PlannedOption, PlannedPolicy } from './plan.js';

const WIDTH = 110;
const INDENT = '     ';

/** The strongest first: what somebody said last and for this one is what readers look for. */
const STRENGTH = ['update', 'environment', 'config', 'inline', 'preset', 'defaults', 'default'];
const DURATION = /(duration|delay|timeout|interval|wait|elapsed|age)$/i;
const UNITS = [
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** A plan to be read: each method, its policies from outside to inside, their options by where they came from. */
export function formatPlan({ enabled, methods, others }: Plan): string {
  const lines: string[] = enabled ? [] : ['Switched off: every policy passes calls through.', ''];
  for (const { operation, policies } of methods) {
    lines.push(operation, ...policies.flatMap((policy, index) => policyLines(policy, `${index + 1}. `)), '');
  }
  if (others.length > 0) lines.push('Besides', ...others.flatMap((policy) => policyLines(policy, '-  ')));
  return lines.join('\n').trimEnd();
}

function policyLines({ policy, name, isKeyed, options }: PlannedPolicy, bullet: string): readonly string[] {
  const kind = policy.replace('_', ' ');
  const title = policy === 'fallback' ? kind : `${kind} "${name}"${isKeyed ? ', one for each key' : ''}`;
  const groups = new Map<string, string[]>();
  for (const [option, planned] of Object.entries(options)) {
    if (planned.origin === 'default' && (option === 'enabled' || isOff(planned.value))) continue;
    const group = groups.get(planned.origin);
    const text = optionText(option, planned);
    if (group === undefined) groups.set(planned.origin, [text]);
    else group.push(text);
  }
  const sorted = [...groups].toSorted(([a], [b]) => strengthOf(a) - strengthOf(b));
  return [`  ${bullet}${title}`, ...sorted.flatMap(([origin, texts]) => wrapped(`${origin}: `, texts))];
}

/** The name of an origin without what follows its colon: `preset:cache` is a preset. */
const strengthOf = (origin: string): number => STRENGTH.indexOf(origin.split(':', 1)[0] as string);

const isOff = (value: unknown): boolean => value === null || (Array.isArray(value) && value.length === 0);

const optionText = (option: string, { value }: PlannedOption): string => `${option} ${valueText(option, value)}`;

function valueText(option: string, value: unknown): string {
  if (value === null) return 'off';
  if (typeof value === 'number') return DURATION.test(option) ? durationText(value) : String(value);
  if (Array.isArray(value)) return value.map((each) => valueText('', each)).join(' | ') || 'none';
  if (typeof value !== 'object') return String(value);
  const fields = Object.entries(value).map(([key, each]) => `${key} ${valueText(key, each)}`);
  return `(${fields.join(', ')})`;
}

function durationText(ms: number): string {
  const [size, unit] = UNITS.find(([each]) => ms >= each && ms % each === 0) ?? [1, 'ms'];
  return `${ms / size} ${unit}`;
}

/** A list broken between its items; the lines after the first stand a little further in. */
function wrapped(head: string, items: readonly string[]): readonly string[] {
  const lines: string[] = [];
  let line = `${INDENT}${head}`;
  let isFresh = true;
  for (const item of items) {
    if (!isFresh && line.length + item.length + 3 > WIDTH) {
      lines.push(`${line},`);
      line = `${INDENT}  `;
      isFresh = true;
    }
    line += isFresh ? item : `, ${item}`;
    isFresh = false;
  }
  return [...lines, line];
}
