/** The look of the page: light and dark, from 320 px up, and on paper. No fonts or images are loaded. */
export const PAGE_STYLE = `
:root {
  --paper: #fbf9f5; --card: #fff; --ink: #211d18; --dim: #6b6257; --line: #e2dbd0; --accent: #a3431a;
  --accent-soft: #f6e7dd; --review: #7a5c00; --review-soft: #fbf1cf; --mark: #a3431a; --mark-review: #b98a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171512; --card: #211e1a; --ink: #efe9e0; --dim: #a89e90; --line: #39342d; --accent: #f0946a;
    --accent-soft: #3a251b; --review: #f0cd6a; --review-soft: #362d13; --mark: #f0946a; --mark-review: #e3b93f;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; max-width: 60rem; padding: 0 1.25rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans Gujarati', 'Noto Sans Devanagari', sans-serif;
}
[hidden] { display: none !important; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -100rem; }
.skip:focus { position: static; }
.head { padding: 2.5rem 0 1.25rem; }
.kicker { margin: 0; color: var(--accent); font-size: .8rem; font-weight: 600; letter-spacing: .08em; text-transform: uppercase; }
h1 { margin: .25rem 0 .5rem; font: 600 clamp(1.5rem, 4.5vw, 2.25rem)/1.2 Georgia, 'Iowan Old Style', 'Noto Serif', serif; text-wrap: balance; }
.facts { margin: 0; color: var(--dim); font-size: .9rem; }
.facts span + span::before { content: '· '; }
.axis { margin: .5rem 0 1.5rem; padding: 1rem 1rem .6rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.plot { position: relative; margin: 0 8px; }
.axis ul { position: relative; margin: 0; padding: 0; list-style: none; }
.dots { height: calc(var(--lanes) * 13px + 3px); border-bottom: 1px solid var(--dim); }
.bars { height: calc(var(--lanes) * 12px); }
.axis li { position: absolute; }
.dots li { bottom: calc(var(--lane) * 13px + 3px); width: 10px; height: 10px; margin-left: -5px; }
.bars li { top: calc(var(--lane) * 12px); height: 7px; min-width: 8px; }
.axis li a { position: absolute; inset: 0; border-radius: 5px; background: var(--mark); }
.axis li a::after { content: ''; position: absolute; inset: -2px -3px; }
.bars a { opacity: .5; }
.axis li.review a { background: var(--mark-review); }
.axis li a:hover, .axis li a:focus-visible { z-index: 1; opacity: 1; outline: 2px solid var(--ink); outline-offset: 1px; }
.axis li.off a { opacity: .12; }
.ticks { position: relative; height: 1.75rem; }
.tick { position: absolute; top: .3rem; transform: translateX(-50%); color: var(--dim); font-size: .78rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tick::before { content: ''; position: absolute; left: 50%; top: -.3rem; height: .3rem; border-left: 1px solid var(--dim); }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin: .7rem 0 0; color: var(--dim); font-size: .78rem; }
.key::before { content: ''; display: inline-block; width: 9px; height: 9px; margin-right: .4em; border-radius: 5px; background: var(--mark); }
.key.review::before { background: var(--mark-review); }
.key.wide::before { width: 22px; height: 7px; opacity: .5; }
.controls { position: sticky; top: 0; z-index: 2; display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin: 0 -1.25rem; padding: .7rem 1.25rem; background: var(--paper); border-bottom: 1px solid var(--line); }
.controls label { display: grid; gap: .15rem; color: var(--dim); font-size: .78rem; }
.controls .find { flex: 1 1 12rem; }
.controls input, .controls select { width: 100%; max-width: 14rem; padding: .45rem .6rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--ink); font: inherit; font-size: 1rem; }
.controls input { max-width: none; }
.controls output { padding: .5rem 0; color: var(--dim); font-size: .9rem; font-variant-numeric: tabular-nums; }
.events { position: relative; margin: 1rem 0 0; padding: 0; list-style: none; }
.events:focus { outline: none; }
.events::before { content: ''; position: absolute; left: 10.5rem; top: .5rem; bottom: 0; border-left: 2px solid var(--line); }
.era { position: relative; margin: 1.4rem 0 .6rem 10.5rem; }
.era span { position: relative; left: -.1rem; display: inline-block; padding: .05rem .6rem; border-radius: 1rem; background: var(--accent-soft); color: var(--accent); font-size: .82rem; font-weight: 600; transform: translateX(-50%); font-variant-numeric: tabular-nums; }
.event { position: relative; scroll-margin-top: 6rem; padding-bottom: .9rem; }
.event::before { content: ''; position: absolute; left: calc(10.5rem - 4px); top: 1.35rem; width: 10px; height: 10px; border-radius: 50%; background: var(--mark); box-shadow: 0 0 0 3px var(--paper); }
.event[data-status=needs_review]::before { background: var(--paper); border: 2px solid var(--mark-review); }
article { position: relative; margin-left: 12.2rem; padding: .85rem 1.1rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.event:target article { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
.date { position: absolute; right: calc(100% + 2.9rem); top: .95rem; width: 9.2rem; margin: 0; color: var(--accent); font-size: .92rem; font-weight: 600; line-height: 1.35; text-align: right; text-wrap: balance; }
h2 { margin: 0 0 .3rem; font: 600 1.12rem/1.35 Georgia, 'Iowan Old Style', 'Noto Serif', 'Noto Serif Gujarati', serif; text-wrap: pretty; }
.badge { display: inline-block; padding: 0 .5rem; border-radius: 1rem; background: var(--review-soft); color: var(--review); font: 600 .72rem/1.6 system-ui, sans-serif; vertical-align: .12em; white-space: nowrap; }
.original { margin: 0 0 .5rem; color: var(--dim); font-size: .85rem; }
.summary { margin: .2rem 0 .6rem; }
.quote { margin: .5rem 0 0; padding-left: .9rem; border-left: 3px solid var(--line); }
.quote blockquote { margin: 0; overflow-wrap: anywhere; }
.quote figcaption { margin-top: .15rem; color: var(--dim); font-size: .85rem; }
.quote figcaption::before { content: '— '; }
.uncited { color: var(--dim); }
details { margin-top: .5rem; }
summary { color: var(--accent); font-size: .88rem; cursor: pointer; }
.names { display: flex; flex-wrap: wrap; gap: .35rem; margin: .7rem 0 0; padding: 0; list-style: none; font-size: .8rem; }
.names li { padding: .05rem .55rem; border: 1px solid var(--line); border-radius: 1rem; color: var(--dim); }
.names .person { background: var(--accent-soft); border-color: transparent; color: var(--accent); }
.flags { margin: .8rem 0 0; padding: .5rem .8rem .5rem 1.9rem; border-radius: 6px; background: var(--review-soft); color: var(--review); font-size: .86rem; }
.flags a { color: inherit; }
.none { padding: 2rem 0; text-align: center; color: var(--dim); }
.none button { padding: .4rem .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); color: var(--accent); font: inherit; cursor: pointer; }
.foot { margin-top: 2rem; padding-top: 1rem; border-top: 1px solid var(--line); font-size: .92rem; }
.foot ol { margin: .4rem 0; padding-left: 1.4rem; }
.dim { color: var(--dim); }
@media (max-width: 44rem) {
  .head { padding-top: 1.5rem; }
  .events::before { left: 3px; }
  .era { margin-left: 3px; } .era span { transform: none; left: -3px; }
  .event::before { left: -1px; top: 1.2rem; }
  article { margin-left: 1.1rem; padding: .75rem .9rem .9rem; }
  .date { position: static; width: auto; margin-bottom: .15rem; text-align: left; }
  .tick:nth-child(even) { visibility: hidden; }
  .axis { margin-inline: -.4rem; padding-inline: .6rem; }
  .dots li { width: 8px; height: 8px; margin-left: -4px; }
  .controls { position: static; }
  .controls label:not(.find) { flex: 1 1 8rem; } .controls select { max-width: none; }
  .event { scroll-margin-top: 1rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --dim: #444; --line: #bbb; --accent: #000; --accent-soft: #fff; --review: #000; --review-soft: #fff; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  .controls, .skip, .legend, .none { display: none !important; }
  article { break-inside: avoid; border: 0; padding-top: .4rem; }
  .date { top: .45rem; } .event::before { top: .85rem; }
  .axis li a, .key::before, .event::before { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
