/** The cards: calm while all is well, loud when it is not. */
export const CARD_STYLE = `
.cards { list-style: none; padding: 1.1rem clamp(.8rem, 2vw, 2rem) 3rem; display: grid; gap: .9rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); }
.cards > li { content-visibility: auto; contain-intrinsic-size: auto 20rem; display: grid; }
.card { --tone: var(--green); position: relative; display: flex; flex-direction: column; gap: .7rem; padding: 1rem 1.1rem .8rem; border-radius: .8rem; border: 1px solid var(--rule); border-top: .28rem solid var(--tone); background: var(--green-wash); min-width: 0; }
.card[data-color=yellow] { --tone: var(--yellow); background: var(--yellow-wash); border-color: color-mix(in srgb, var(--tone) 45%, var(--rule)); border-top-color: var(--tone); }
.card[data-color=red] { --tone: var(--red); background: var(--red-wash); border-color: var(--tone); box-shadow: 0 0 0 1px var(--tone), 0 .4rem 1.6rem color-mix(in srgb, var(--tone) 22%, transparent); }

.head { display: flex; gap: .8rem; align-items: flex-start; justify-content: space-between; }
.who { min-width: 0; }
.name { font-size: 1.15rem; font-weight: 650; letter-spacing: -.01em; line-height: 1.25; overflow: hidden; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow-wrap: anywhere; }
.tags { display: flex; flex-wrap: wrap; gap: .3rem; margin-top: .3rem; }
.tags:empty { display: none; }
.tag { font-size: .75rem; padding: 0 .55em; border-radius: 1em; color: var(--soft); border: 1px solid var(--rule); background: var(--paper); max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.state { display: flex; flex-direction: column; align-items: flex-end; flex: none; color: var(--tone); font-weight: 700; font-size: .9rem; line-height: 1.1; }

.glyph { width: 3.3rem; height: 1.9rem; color: var(--tone); overflow: visible; fill: none; stroke: currentColor; stroke-width: 3; stroke-linecap: round; stroke-linejoin: round; }
.chip .glyph { width: 1.9rem; height: 1.1rem; stroke-width: 4; }
.chip { --tone: var(--green); }
.chip[data-state=open], .chip[data-state=isolated] { --tone: var(--red); }
.chip[data-state=half_open], .chip[data-state=metrics_only], .chip[data-state=disabled] { --tone: var(--yellow); }
.chip.none .glyph { color: var(--faint); }
.glyph .pole { fill: currentColor; stroke: none; }
.glyph .lever { transform-origin: 16px 21px; transition: transform .35s cubic-bezier(.3, 1.6, .5, 1); }
.glyph .lock, .glyph .bypass, .glyph .eye { display: none; stroke-width: 2.4; }
[data-state=open] .lever { transform: rotate(-34deg); }
[data-state=half_open] .lever { transform: rotate(-14deg); stroke-dasharray: 5 5; }
[data-state=isolated] .lever, [data-state=disabled] .lever { display: none; }
[data-state=isolated] .lock, [data-state=disabled] .bypass, [data-state=metrics_only] .eye { display: inline; }
.glyph .lock { fill: none; }

.line { position: relative; min-height: 2.05rem; padding-bottom: .45rem; color: var(--soft); font-size: .88rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.line .rest { display: block; overflow: hidden; text-overflow: ellipsis; }
.line .track { display: none; position: absolute; inset: auto 0 0; height: .3rem; border-radius: 1rem; overflow: hidden; background: color-mix(in srgb, var(--tone) 22%, transparent); }
.line.counting .track { display: block; }
.line .fill { display: block; height: 100%; background: var(--tone); transform-origin: left; }
[data-color=red] > .line, [data-color=yellow] > .line { color: var(--ink); font-weight: 600; }

.fleet { font-size: .82rem; color: var(--soft); font-variant-numeric: tabular-nums; margin-top: -.35rem; }
.fleet.away { color: var(--yellow); font-weight: 600; }
.fleet.away::before { content: '⚠ ' / ''; }

.gauge { display: flex; align-items: flex-end; gap: 1rem; }
.rate { flex: none; width: 6.8rem; line-height: 1; position: relative; padding-bottom: 1.05rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.rate b { font-size: 2.3rem; font-weight: 700; letter-spacing: -.04em; }
.rate .unit { font-size: 1.1rem; color: var(--soft); margin-left: .1em; }
.rate .label { position: absolute; left: 0; bottom: 0; font-size: .75rem; color: var(--soft); }
.quiet .rate b, .quiet .rate .unit { color: var(--soft); }
.quiet .rate .unit { display: none; }
.spark { flex: 1; min-width: 0; height: 3.4rem; overflow: visible; }
.spark .ground { stroke: var(--rule); stroke-width: 1; vector-effect: non-scaling-stroke; fill: none; }
.spark .successes { fill: var(--bars); }
.spark .failures { fill: var(--red); }
.spark .refused { fill: none; stroke: var(--red); stroke-width: 1; vector-effect: non-scaling-stroke; opacity: .75; }

.facts { display: grid; grid-template-columns: 1fr .8fr 1fr 1.2fr 1.1fr; gap: .4rem; border-top: 1px solid color-mix(in srgb, var(--tone) 25%, var(--rule)); padding-top: .65rem; }
.facts div { min-width: 0; }
.facts dt { font-size: .75rem; color: var(--soft); white-space: nowrap; }
.facts dd { font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; font-size: .95rem; }
.facts .some dd { color: var(--red); }
.facts .slow.some dd { color: var(--yellow); }

.moves { list-style: none; padding: 0; font-size: .78rem; color: var(--soft); min-height: 2.2rem; }
.moves li { display: flex; gap: .55em; white-space: nowrap; overflow: hidden; }
.moves time { font-variant-numeric: tabular-nums; flex: none; }
.moves b { color: var(--ink); font-weight: 600; flex: none; }
.moves span { overflow: hidden; text-overflow: ellipsis; }

.actions { display: flex; flex-wrap: wrap; gap: 0; margin: auto -.4rem 0; }
.actions button { font: inherit; font-size: .78rem; font-weight: 600; color: var(--soft); background: none; border: 0; border-radius: .4rem; padding: .35em .5em; min-height: 1.85rem; cursor: pointer; }
.actions button:hover { color: var(--ink); background: color-mix(in srgb, var(--ink) 9%, transparent); }

@media (max-width: 40rem) { .actions button { min-height: 2.75rem; padding-inline: .8em; } .chip { min-height: 2.5rem; } input, select { min-height: 2.6rem; } }
@media (forced-colors: active) { .card { border-width: 2px; } .line .fill, .shares span { forced-color-adjust: none; } }
`;
