import { brief } from '../terminal/durations.js';
import { markOf } from '../terminal/marks.js';
import type { Paint } from '../terminal/paint.js';
import { EXPERIENCES } from './tally.js';
import type { Experience, Summary } from './tally.js';

/** Width of the bar of what customers saw. */
const BAR = 7;

const LOOKS: Readonly<Record<Experience, readonly [glyph: string, colour: 'green' | 'cyan' | 'yellow' | 'red']>> = {
  ok: ['█', 'green'],
  fallback: ['▒', 'cyan'],
  slow: ['~', 'yellow'],
  error: ['×', 'red'],
};

const WORDS: Readonly<Record<Experience, string>> = {
  ok: 'answered',
  fallback: 'by the fallback',
  slow: 'slow',
  error: 'failed',
};

/** One shop during one row of the timeline. */
export interface Glimpse {
  readonly summary: Summary;
  readonly waiting: number;
}

/** Draws the demo line by line, 79 columns wide, in colour or without. */
export class Timeline {
  constructor(private readonly paint: Paint) {}

  title(seconds: number): string {
    return [
      '',
      `  ${this.paint('bold', 'One outage, twice')}: the same load on a shop with breakers, and on the same`,
      '  shop with its breakers, retries and time limits switched off. Each shop has',
      `  payments of its own, which fall ill. ${this.paint('dim', `Takes ${Math.round(seconds)} seconds, and a few to start.`)}`,
      '',
    ].join('\n');
  }

  head(rate: number): string {
    const { paint } = this;
    const legend = EXPERIENCES.map((each) => `${this.look(each, 1)} ${WORDS[each]}`).join('  ');
    const columns = ` ${'/s'.padStart(3)}${'p50'.padStart(6)}${'p95'.padStart(6)}${'wait'.padStart(5)} ${'users'.padEnd(BAR)}`;
    const titles = `${' '.repeat(18)}│ ${paint('bold', 'guarded'.padEnd(28))}│ ${paint('bold', 'unguarded')}`;
    return [
      `  Each gets ${rate} orders a second.  ${legend}`,
      '',
      titles,
      paint('dim', `${'time'.padStart(4)}  breaker     │${columns} │${columns}`),
    ].join('\n');
  }

  phase(at: number, title: string): string {
    return this.paint('bold', `${clock(at)}  ━━ ${title}`);
  }

  turn(at: number, state: string, text: string): string {
    return `${this.paint('dim', clock(at))}  ${markOf(state, this.paint)}  ${this.paint('italic', text)}`;
  }

  row(at: number, state: string, guarded: Glimpse, unguarded: Glimpse, perSecond: (orders: number) => number): string {
    const side = ({ summary, waiting }: Glimpse): string => {
      const { orders, p50, p95 } = summary;
      const latency =
        orders === 0 ? `${'–'.padStart(6)}${'–'.padStart(6)}` : `${brief(p50).padStart(6)}${brief(p95).padStart(6)}`;
      return `│ ${String(perSecond(orders)).padStart(3)}${latency}${String(waiting).padStart(5)} ${this.bar(summary)}`;
    };
    return `${clock(at)}  ${markOf(state, this.paint, 12)}${side(guarded)} ${side(unguarded)}`;
  }

  /** Shares of what customers saw; a share is never rounded to nothing. */
  private bar({ orders, counts }: Summary): string {
    if (orders === 0) return this.paint('dim', '·'.repeat(BAR));
    const widths = EXPERIENCES.map((each) =>
      Math.max(counts[each] > 0 ? 1 : 0, Math.round((counts[each] / orders) * BAR)),
    );
    const widest = widths.indexOf(Math.max(...widths));
    const excess = widths.reduce((sum, each) => sum + each, 0) - BAR;
    return EXPERIENCES.map((each, index) =>
      this.look(each, (widths[index] ?? 0) - (index === widest ? excess : 0)),
    ).join('');
  }

  private look(experience: Experience, width: number): string {
    const [glyph, colour] = LOOKS[experience];
    return width === 0 ? '' : this.paint(colour, glyph.repeat(width));
  }
}

const clock = (seconds: number): string => `${seconds.toFixed(1).padStart(4)}`;
