/** One card a breaker. */
export const CARD_SCRIPT = String.raw`
import { WORDS, ago, count, duration, element, left, percent, timeOf, whenOf, words, write } from './format.js';
import { fleetLine } from './fleet.js';
import { drawSparkline, glyph, sparkline } from './glyph.js';
import { ACTIONS } from './dialog.js';

const FACTS = [
  ['failures', 'Failures', 'in the window'], ['slow', 'Slow', 'in the window'], ['refused', 'Refused', 'since the start'],
  ['p50', 'p50', 'half of the calls were faster'], ['p95', 'p95', '95 of 100 calls were faster'],
];

let made = 0;

export class Card {
  constructor(view, steer) {
    this.name = view.name;
    this.isVisible = false;
    this.isDirty = true;
    this.root = element('li');
    this.article = element('article', 'card');
    const id = 'breaker-' + made++;
    this.title = element('h3', 'name', view.name);
    this.title.id = id;
    this.title.title = view.name;
    this.article.setAttribute('aria-labelledby', id);
    this.tags = element('p', 'tags');
    this.word = element('span', 'word');
    this.line = element('p', 'line');
    this.rest = element('span', 'rest');
    this.track = element('span', 'track');
    this.track.setAttribute('aria-hidden', 'true');
    this.fill = element('span', 'fill');
    this.fleet = element('p', 'fleet');
    this.rate = element('b');
    this.spark = sparkline();
    this.moves = element('ol', 'moves');
    this.moves.setAttribute('aria-label', 'Last transitions');
    this.build(steer);
    this.update(view);
  }

  build(steer) {
    const state = element('p', 'state');
    state.append(glyph(), this.word);
    const head = element('div', 'head');
    const who = element('div', 'who');
    who.append(this.title, this.tags);
    head.append(who, state);
    const rate = element('p', 'rate');
    rate.append(this.rate, element('span', 'unit', '%'), element('span', 'label', 'success'));
    const gauge = element('div', 'gauge');
    gauge.append(rate, this.spark.root);
    this.track.append(this.fill);
    this.line.append(this.rest, this.track);
    this.article.append(head, this.line, this.fleet, gauge, this.buildFacts(), this.moves, this.buildActions(steer));
    this.root.append(this.article);
  }

  buildFacts() {
    const list = element('dl', 'facts');
    this.facts = {};
    for (const [key, label, hint] of FACTS) {
      const pair = element('div', key);
      pair.title = hint;
      this.facts[key] = element('dd');
      pair.append(element('dt', '', label), this.facts[key]);
      list.append(pair);
    }
    return list;
  }

  buildActions(steer) {
    const group = element('div', 'actions');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', 'Steer ' + this.name);
    this.buttons = Object.entries(ACTIONS).map(([action, { label }]) => {
      const button = element('button', '', label);
      button.type = 'button';
      button.setAttribute('aria-label', label + ' ' + this.name);
      button.addEventListener('click', () => steer(action, this.name));
      group.append(button);
      return [action, button];
    });
    return group;
  }

  /** Takes the news; what is out of sight is drawn when it comes into it. */
  update(view) {
    this.view = view;
    this.isDirty = true;
    this.article.dataset.state = view.state;
    this.article.dataset.color = view.color;
  }

  draw(now) {
    this.isDirty = false;
    const { view } = this;
    const { window, totals, recent } = view;
    write(this.word, WORDS[view.state]);
    write(this.rate, window.calls === 0 ? '–' : percent(view.successRate));
    this.article.classList.toggle('quiet', window.calls === 0);
    write(this.facts.failures, count(window.failures));
    write(this.facts.slow, count(window.slow));
    write(this.facts.refused, count(totals.refused));
    write(this.facts.p50, duration(recent.p50));
    write(this.facts.p95, duration(recent.p95));
    for (const key of ['failures', 'slow']) this.facts[key].parentElement.classList.toggle('some', window[key] > 0);
    this.facts.refused.parentElement.classList.toggle('some', view.state === 'open' || view.state === 'isolated');
    drawSparkline(this.spark, recent);
    this.drawFleet(view);
    this.drawTags(view.tags);
    this.drawMoves(recent.moves);
    for (const [action, button] of this.buttons) button.hidden = !ACTIONS[action].fits(view.state);
    this.tick(now);
  }

  /** What moves by itself: the count-down. */
  tick(now) {
    const { state, since, nextAttemptAt, expiresAt, reason } = this.view;
    const end = nextAttemptAt ?? expiresAt;
    const ms = end === null ? null : Math.max(0, new Date(end) - now);
    const isCounting = ms !== null && ms > 0;
    write(this.rest, this.lineOf(state, since, ms, reason, now));
    this.line.classList.toggle('counting', isCounting);
    if (!isCounting) return;
    const whole = Math.max(1, new Date(end) - new Date(since));
    this.fill.style.transform = 'scaleX(' + Math.min(1, ms / whole).toFixed(4) + ')';
  }

  lineOf(state, since, ms, reason, now) {
    const why = reason === null ? '' : words(reason);
    switch (state) {
      case 'open':
        return ms > 0 ? 'next attempt in ' + left(ms) : 'break over: the next call is a probe';
      case 'half_open':
        return 'probing: ' + count(this.view.inFlight) + ' under way';
      case 'closed':
        return 'closed for ' + ago(now - new Date(since)) + (why ? ' · ' + why : '');
      default:
        return [ms === null ? 'until further notice' : ms > 0 ? left(ms) + ' left' : 'time is up', why].filter(Boolean).join(' · ');
    }
  }

  drawFleet({ state, cluster }) {
    const text = fleetLine(state, cluster);
    write(this.fleet, text);
    this.fleet.hidden = text === '';
    this.fleet.classList.toggle('away', cluster?.connected === false);
  }

  drawTags(tags) {
    const key = tags.join('\n');
    if (this.tagKey === key) return;
    this.tagKey = key;
    this.tags.replaceChildren(...tags.map((tag) => element('span', 'tag', tag)));
  }

  drawMoves(moves) {
    const newest = moves.slice(0, 2);
    const key = newest.map(({ at, type }) => at + type).join();
    if (this.moveKey === key) return;
    this.moveKey = key;
    this.moves.replaceChildren(...newest.map((move) => {
      const item = element('li');
      const time = element('time', '', timeOf(move.at));
      time.dateTime = move.at;
      time.title = whenOf(move.at);
      const detail = [move.reason && words(move.reason), move.actor && 'by ' + move.actor].filter(Boolean).join(', ');
      item.append(time, element('b', move.to ?? '', words(move.type === 'updated' ? (move.to ?? move.type) : move.type)), element('span', '', detail));
      item.title = detail;
      return item;
    }));
    if (newest.length === 0) this.moves.append(element('li', 'none', 'no transition yet'));
  }
}
`;
