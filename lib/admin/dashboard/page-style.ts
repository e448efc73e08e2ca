/** Colours, type, and everything around the cards. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#eef0f3, #0b0e13);
  --paper: light-dark(#ffffff, #151a22);
  --raised: light-dark(#f6f7f9, #1d242f);
  --rule: light-dark(#d5dae1, #2b3442);
  --ink: light-dark(#12171f, #f0f3f7);
  --soft: light-dark(#4d5866, #a3afbf);
  --faint: light-dark(#8b96a5, #5d6979);
  --green: light-dark(#15803d, #3ddc84);
  --yellow: light-dark(#8f5b00, #ffc53d);
  --red: light-dark(#c2182b, #ff6b6b);
  --green-wash: light-dark(#ffffff, #151a22);
  --yellow-wash: light-dark(#fff7e0, #241e10);
  --red-wash: light-dark(#fdecee, #2b1318);
  --bars: light-dark(#8fa3b8, #52657d);
  --focus: light-dark(#0b5cd5, #7db6ff);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "JetBrains Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; margin: 0; }
html { font: clamp(15px, 9px + 0.42vw, 24px)/1.4 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
body { background: var(--ground); color: var(--ink); min-height: 100vh; }
[hidden] { display: none !important; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 1rem; top: -4rem; z-index: 9; padding: .6rem 1rem; background: var(--paper); color: var(--ink); border-radius: .4rem; }
.skip:focus { top: .6rem; }
:focus-visible { outline: .18rem solid var(--focus); outline-offset: .12rem; }
main:focus { outline: none; }

.mast { position: sticky; top: 0; z-index: 3; background: var(--ground); padding: 1rem clamp(.8rem, 2vw, 2rem) .7rem; border-bottom: 1px solid var(--rule); }
.title { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem 1.2rem; }
h1 { font-size: .85rem; font-weight: 600; letter-spacing: .02em; color: var(--soft); flex-basis: 100%; }
.verdict { font-size: clamp(1.5rem, 2.4vw, 2.4rem); font-weight: 700; letter-spacing: -.02em; line-height: 1.1; }
[data-color=green] .verdict { color: var(--green); }
[data-color=yellow] .verdict { color: var(--yellow); }
[data-color=red] .verdict { color: var(--red); }
.link { margin-left: auto; display: inline-flex; align-items: center; gap: .5em; font-size: .85rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.pulse { width: .62em; height: .62em; border-radius: 50%; background: var(--green); flex: none; }
[data-link=live] .pulse { animation: pulse 2.5s ease-out infinite; }
[data-link=connecting] .pulse { background: var(--faint); }
[data-link=stale] .link, [data-link=lost] .link { padding: .25em .8em; border-radius: 2em; font-weight: 600; color: light-dark(#fff, #14181f); background: var(--yellow); }
[data-link=stale] .pulse, [data-link=lost] .pulse { background: currentColor; border-radius: 0; }
[data-link=stale] .cards, [data-link=lost] .cards { filter: grayscale(.75); opacity: .8; }
@keyframes pulse { 0% { box-shadow: 0 0 0 0 color-mix(in srgb, var(--green) 60%, transparent); } 60%, 100% { box-shadow: 0 0 0 .6em transparent; } }

.shares { display: flex; gap: 2px; height: .5rem; margin: .7rem 0 .7rem; border-radius: 1rem; overflow: hidden; background: var(--rule); }
.shares span { flex: 0 1 0; min-width: 0; transition: flex-grow .4s; }
.shares .open, .shares .isolated { background: var(--red); }
.shares .half_open, .shares .metrics_only, .shares .disabled { background: var(--yellow); }
.shares .closed { background: var(--green); }

.tools { display: flex; flex-wrap: wrap; gap: .6rem 1.4rem; align-items: center; justify-content: space-between; }
.states { display: flex; flex-wrap: wrap; gap: .35rem; }
.chip { display: inline-flex; align-items: center; gap: .45em; padding: .25em .8em .25em .55em; border-radius: 2em; background: var(--paper); border: 1px solid var(--rule); color: var(--ink); font: inherit; font-size: .85rem; cursor: pointer; }
.chip b { font-variant-numeric: tabular-nums; }
.chip:hover { border-color: var(--faint); }
.chip.none { background: transparent; color: var(--soft); }
.chip.none b { font-weight: 400; }
.chip[aria-pressed=true] { background: var(--ink); color: var(--ground); border-color: var(--ink); }
.chip[aria-pressed=true] .glyph { color: inherit; }
.fields { display: flex; flex-wrap: wrap; gap: .5rem .9rem; }
.field { display: inline-flex; align-items: center; gap: .5em; font-size: .85rem; color: var(--soft); }
input, select { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--rule); border-radius: .45rem; padding: .3em .6em; min-height: 2rem; max-width: 100%; }
input::placeholder { color: var(--soft); opacity: 1; }
.wide input { width: 13rem; }
.empty { padding: 4rem 1rem; text-align: center; color: var(--soft); }

dialog { margin: auto; width: min(30rem, calc(100vw - 2rem)); border: 1px solid var(--rule); border-radius: .9rem; padding: 1.5rem; background: var(--paper); color: var(--ink); box-shadow: 0 1.5rem 4rem rgb(0 0 0 / .35); }
dialog::backdrop { background: rgb(5 8 13 / .6); }
dialog h2 { font-size: 1.2rem; overflow-wrap: anywhere; }
dialog #dialog-text { color: var(--soft); margin: .4rem 0 1.1rem; }
dialog .field { display: grid; gap: .3rem; margin-bottom: .9rem; color: var(--ink); font-weight: 600; }
dialog .field input, dialog .field select { font-weight: 400; width: 100%; background: var(--raised); }
.fault { color: var(--red); font-weight: 600; overflow-wrap: anywhere; }
.fault:empty { display: none; }
.choice { display: flex; justify-content: flex-end; gap: .6rem; margin-top: 1.2rem; }
.choice button { font: inherit; font-weight: 600; padding: .5em 1.2em; border-radius: .5rem; border: 1px solid var(--rule); background: transparent; color: var(--ink); cursor: pointer; }
.choice .main { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.choice .main[data-action=isolate], .choice .main[data-action=disable] { background: light-dark(#c2182b, #ff6b6b); border-color: transparent; color: light-dark(#fff, #14060a); }
.choice .main:disabled { opacity: .6; }

@media (max-width: 40rem) {
  .mast { position: static; }
  .chip.none[aria-pressed=false] { display: none; }
  .link { margin-left: 0; flex-basis: 100%; }
  .fields, .wide { width: 100%; }
  .wide input { flex: 1; width: auto; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;
