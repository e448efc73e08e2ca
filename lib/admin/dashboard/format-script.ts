/** Words and numbers of the page. */
export const FORMAT_SCRIPT = String.raw`
export const STATES = ['open', 'isolated', 'half_open', 'metrics_only', 'disabled', 'closed'];

export const WORDS = {
  open: 'open', isolated: 'isolated', half_open: 'half-open',
  metrics_only: 'metrics only', disabled: 'disabled', closed: 'closed',
};

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

export const count = (value) => (value < 10_000 ? number.format(value) : compact.format(value));

export function percent(share) {
  if (share >= 1 || share <= 0) return share >= 1 ? '100' : '0';
  const value = share * 100;
  // 99.96 is not 100
  return value >= 99.9 ? (Math.floor(value * 100) / 100).toFixed(2) : value.toFixed(value < 10 ? 1 : value < 99 ? 0 : 1);
}

export function duration(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 10) return ms.toFixed(1) + ' ms';
  if (ms < 1_000) return Math.round(ms) + ' ms';
  return ms < 10_000 ? (ms / 1_000).toFixed(1) + ' s' : Math.round(ms / 1_000) + ' s';
}

/** The time left, as it ticks. */
export function left(ms) {
  const seconds = ms / 1_000;
  if (seconds < 60) return seconds.toFixed(1) + ' s';
  const whole = Math.ceil(seconds);
  const two = (value) => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor((whole % 3_600) / 60);
  return hours > 0 ? hours + ' h ' + two(minutes) + ' min' : minutes + ':' + two(whole % 60) + ' min';
}

/** How long ago, roughly. */
export function ago(ms) {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 60) return Math.floor(seconds) + ' s';
  if (seconds < 3_600) return Math.floor(seconds / 60) + ' min';
  if (seconds < 86_400) return Math.floor(seconds / 3_600) + ' h';
  return Math.floor(seconds / 86_400) + ' d';
}

export const timeOf = (date) => clock.format(new Date(date));
export const whenOf = (date) =>
  Math.abs(new Date(date) - Date.now()) < 20 * 3_600_000 ? shortClock.format(new Date(date)) : day.format(new Date(date));

export const words = (text) => String(text ?? '').replaceAll('_', ' ');

/** An element with a class and text; text is only ever text. */
export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Writes a text where it differs. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
`;
