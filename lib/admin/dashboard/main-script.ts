/** Puts it together: who is shown, in which order, and the sum of it all. */
export const MAIN_SCRIPT = String.raw`
import { Card } from './card.js';
import { steering } from './dialog.js';
import { STATES, WORDS, ago, element, whenOf, words, write } from './format.js';
import { glyph } from './glyph.js';
import { listen } from './stream.js';

const at = (id) => document.getElementById(id);
const api = new URL('./', location.href);
const steer = steering(api);
const cards = new Map();
const chosen = new Set();
const byName = new Intl.Collator('en', { numeric: true }).compare;
const rank = new Map(STATES.map((state, index) => [state, index]));
/** How far the server's clock is ahead of ours, in ms. */
let ahead = 0;
let needsOrder = false;
let isDrawing = false;

const now = () => Date.now() + ahead;

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const card = target.card;
    card.isVisible = isIntersecting;
    if (isIntersecting && card.isDirty) card.draw(now());
  }
}, { rootMargin: '300px' });

function put(view) {
  const card = cards.get(view.name);
  if (card === undefined) {
    const made = new Card(view, steer);
    made.root.card = made;
    cards.set(view.name, made);
    at('cards').append(made.root);
    sight.observe(made.root);
    needsOrder = true;
  } else {
    if (card.view.state !== view.state) needsOrder = true;
    card.update(view);
  }
}

function drop(name) {
  const card = cards.get(name);
  if (card === undefined) return;
  sight.unobserve(card.root);
  card.root.remove();
  cards.delete(name);
}

function onEvent(type, { at: time, summary, breakers = [], removed = [], events = [] }) {
  ahead = new Date(time) - Date.now();
  if (type === 'snapshot') {
    const names = new Set(breakers.map(({ name }) => name));
    for (const name of [...cards.keys()]) if (!names.has(name)) drop(name);
  }
  for (const view of breakers) put(view);
  for (const name of removed) drop(name);
  summarise(summary);
  if (type !== 'heartbeat') filter();
  announce(events);
  schedule();
}

/** At most once a frame of the screen, and only what is in sight. */
function schedule() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    arrange();
    const moment = now();
    for (const card of cards.values()) if (card.isDirty && card.isVisible) card.draw(moment);
  });
}

/** Nobody's card moves away under their hand. */
function arrange() {
  const list = at('cards');
  if (!needsOrder || list.matches(':focus-within') || at('dialog').open) return;
  needsOrder = false;
  const isByName = at('order').value === 'name';
  const sorted = [...cards.values()].sort((one, other) =>
    (isByName ? 0 : rank.get(one.view.state) - rank.get(other.view.state)) || byName(one.name, other.name));
  let place = list.firstElementChild;
  for (const { root } of sorted) {
    if (root === place) place = place.nextElementSibling;
    else list.insertBefore(root, place);
  }
}

const chips = new Map(STATES.map((state) => {
  const share = element('span', state);
  at('shares').append(share);
  const button = element('button', 'chip');
  const number = element('b', '', '0');
  button.type = 'button';
  button.dataset.state = state;
  button.setAttribute('aria-pressed', 'false');
  button.append(glyph(), number, element('span', '', WORDS[state]));
  button.addEventListener('click', () => {
    const isChosen = chosen.delete(state) ? false : Boolean(chosen.add(state));
    button.setAttribute('aria-pressed', String(isChosen));
    filter();
  });
  at('states').append(button);
  return [state, { button, number, share }];
}));

function summarise(summary) {
  for (const [state, { button, number, share }] of chips) {
    write(number, String(summary[state]));
    button.classList.toggle('none', summary[state] === 0);
    share.hidden = summary[state] === 0;
    share.style.flexGrow = String(summary[state]);
  }
  const { total, closed, open, isolated } = summary;
  const red = open + isolated;
  const color = red > 0 ? 'red' : closed < total ? 'yellow' : total === 0 ? 'grey' : 'green';
  document.body.dataset.color = color;
  if (at('icon').getAttribute('href') !== 'assets/icon-' + color + '.svg') at('icon').href = 'assets/icon-' + color + '.svg';
  const parts = STATES.filter((state) => state !== 'closed' && summary[state] > 0).map((state) => summary[state] + ' ' + WORDS[state]);
  const verdict = total === 0 ? 'No breaker yet' : parts.length === 0 ? 'All ' + total + ' closed' : parts.join(', ') + ' of ' + total;
  write(at('verdict'), verdict);
  const title = (red > 0 ? '(' + red + ') ' : '') + 'Circuit breakers';
  if (document.title !== title) document.title = title;
}

let tagKey = '';
function offerTags() {
  const tags = [...new Set([...cards.values()].flatMap(({ view }) => view.tags))].sort(byName);
  if (tags.join('\n') === tagKey) return;
  tagKey = tags.join('\n');
  const { value } = at('tag');
  at('tag').replaceChildren(new Option('all tags', ''), ...tags.map((tag) => new Option(tag, tag)));
  at('tag').value = tags.includes(value) ? value : '';
}

function filter() {
  offerTags();
  const words = at('search').value.trim().toLowerCase();
  const tag = at('tag').value;
  let shown = 0;
  for (const { root, view } of cards.values()) {
    const fits = (chosen.size === 0 || chosen.has(view.state)) && (tag === '' || view.tags.includes(tag)) &&
      (words === '' || [view.name, ...view.tags].some((text) => text.toLowerCase().includes(words)));
    if (root.hidden === fits) root.hidden = !fits;
    if (fits) shown++;
  }
  at('empty').hidden = shown > 0;
  write(at('empty'), cards.size === 0 ? 'No breaker yet: they appear with their first use.' : 'No breaker fits.');
}

let heard = [];
let telling;
/** Transitions for those who listen to the page, summed up where there are many. */
function announce(events) {
  heard.push(...events.filter(({ type }) => type !== 'updated' && type !== 'adapted'));
  if (heard.length === 0 || telling !== undefined) return;
  telling = setTimeout(() => {
    telling = undefined;
    const text = heard.length > 4
      ? heard.length + ' transitions; ' + at('verdict').textContent
      : heard.map(({ name, type, reason }) => name + ' ' + words(type) + (reason ? ', ' + words(reason) : '')).join('. ');
    heard = [];
    write(at('announcer'), text);
  }, 1_000);
}

const LINKS = {
  live: () => 'live',
  stale: (silence) => 'stale: nothing heard for ' + ago(silence),
  lost: (silence) => 'connection lost, trying again: this is of ' + ago(silence) + ' ago',
};

for (const id of ['search', 'tag']) at(id).addEventListener('input', filter);
at('order').addEventListener('input', () => {
  needsOrder = true;
  schedule();
});
at('cards').addEventListener('focusout', schedule);
at('dialog').addEventListener('close', schedule);

setInterval(() => {
  const moment = now();
  for (const card of cards.values()) if (card.isVisible && !card.isDirty && !card.root.hidden) card.tick(moment);
}, 200);

listen(new URL('events', api), onEvent, (link, silence) => {
  if (document.body.dataset.link !== link) document.body.dataset.link = link;
  write(at('link'), LINKS[link](silence));
});
`;
