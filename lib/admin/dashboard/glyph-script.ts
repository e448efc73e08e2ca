/** A switch in a wire: its lever lies, hangs or is raised, as the circuit is. */
export const GLYPH_SCRIPT = String.raw`
const SVG = 'http://www.w3.org/2000/svg';

export function svg(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const path = (className, d) => svg('path', { class: className, d });

/** All states in one drawing; the style shows what belongs to the state. */
export function glyph() {
  return svg('svg', { class: 'glyph', viewBox: '0 0 56 32', 'aria-hidden': 'true', focusable: 'false' },
    path('wire', 'M2 21H14M42 21H54'),
    path('lever', 'M16 21H40'),
    svg('circle', { class: 'pole', cx: '16', cy: '21', r: '3.2' }),
    svg('circle', { class: 'pole', cx: '40', cy: '21', r: '3.2' }),
    path('lock', 'M22.5 8.5V6a5.5 5.5 0 0 1 11 0v2.5M20.5 8.5h15v9h-15z'),
    path('bypass', 'M8 21V11a5 5 0 0 1 5-5h30a5 5 0 0 1 5 5v10'),
    path('eye', 'M18 9.5c5-8 15-8 20 0c-5 8-15 8-20 0zM25.4 9.5a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0'),
  );
}

const WIDTH = 4;
const HEIGHT = 40;

/** The last minutes as bars: what succeeded, on top of it what failed, on top of that what was refused. */
export function sparkline() {
  const parts = { successes: path('successes', ''), failures: path('failures', ''), refused: path('refused', '') };
  const root = svg('svg', { class: 'spark', role: 'img', preserveAspectRatio: 'none', viewBox: '0 0 240 40' },
    path('ground', 'M0 39.5H240'), parts.successes, parts.failures, parts.refused);
  return { root, parts };
}

export function drawSparkline({ root, parts }, { bar, successes, failures, refused }) {
  const most = successes.reduce((max, value, i) => Math.max(max, value + failures[i] + refused[i]), 0);
  const d = { successes: '', failures: '', refused: '' };
  const sums = { successes: 0, failures: 0, refused: 0 };
  const scale = (HEIGHT - 1) / Math.max(most, 4);
  successes.forEach((_, i) => {
    let top = HEIGHT;
    for (const [kind, values] of [['successes', successes], ['failures', failures], ['refused', refused]]) {
      const value = values[i];
      if (value === 0) continue;
      sums[kind] += value;
      const height = Math.max(kind === 'successes' ? 1 : 3, value * scale);
      const from = Math.max(0, top - height);
      d[kind] += 'M' + i * WIDTH + ' ' + from.toFixed(1) + 'h3v' + (top - from).toFixed(1) + 'h-3z';
      top = from;
    }
  });
  for (const kind of Object.keys(parts)) {
    if (parts[kind].getAttribute('d') !== d[kind]) parts[kind].setAttribute('d', d[kind]);
  }
  const minutes = Math.round((bar * successes.length) / 60_000);
  const label = 'Last ' + minutes + ' minutes: ' + sums.successes + ' calls succeeded, ' + sums.failures + ' failed, ' +
    sums.refused + ' refused';
  if (root.getAttribute('aria-label') !== label) root.setAttribute('aria-label', label);
}
`;
