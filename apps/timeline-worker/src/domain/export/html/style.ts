/** Colours of one scheme, as `#rrggbb`. */
interface Palette {
  readonly page: string;
  readonly card: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  /** Borders of things to fill in, which have to be seen. */
  readonly field: string;
  /** Links and the marks of published events. */
  readonly plain: string;
  readonly plainTint: string;
  /** Whatever waits for a person. */
  readonly warning: string;
  readonly warningTint: string;
  /** Behind the words of a quote. */
  readonly quote: string;
  /** The strip under the axis: events that are not shown. */
  readonly faint: string;
}

const LIGHT: Palette = {
  page: '#f4f5f8',
  card: '#ffffff',
  ink: '#1c2330',
  muted: '#566071',
  line: '#e1e5ec',
  field: '#8791a1',
  plain: '#3b62c4',
  plainTint: '#edf0f5',
  warning: '#8f5200',
  warningTint: '#fdf1df',
  quote: '#e4ebfb',
  faint: '#cdd5e3',
};

const DARK: Palette = {
  page: '#11141a',
  card: '#1a1f28',
  ink: '#e8ecf3',
  muted: '#a0abbc',
  line: '#2d3543',
  field: '#6b7688',
  plain: '#8db2ff',
  plainTint: '#2a313d',
  warning: '#f2b661',
  warningTint: '#36280f',
  quote: '#26355a',
  faint: '#3a4456',
};

const colours = (palette: Palette): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}:${colour}`)
    .join(';');

const LAYOUT = `
*{box-sizing:border-box}
[hidden]{display:none!important}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%;scroll-padding-top:72px}
body{margin:0;padding:36px 20px 56px;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans Gujarati","Noto Sans Devanagari","Shruti","Nirmala UI",sans-serif}
header,main,footer{max-width:1040px;margin:0 auto}
h1{font-size:2rem;line-height:1.2;margin:.2rem 0 1.2rem;max-width:30em;letter-spacing:-.015em;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 .8rem;letter-spacing:-.005em}
h3{font-size:1.125rem;line-height:1.4;font-weight:600;margin:0;overflow-wrap:anywhere;text-wrap:pretty}
h4{font-size:1rem;line-height:1.4;font-weight:600;margin:0}
p{margin:0 0 .5rem}
a{color:var(--plain);text-underline-offset:.15em;text-decoration-thickness:1px}
cite{font-style:normal}
:focus-visible{outline:2px solid var(--plain);outline-offset:2px;border-radius:4px}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-100rem;padding:8px 12px;background:var(--card)}
.skip:focus{left:12px;top:12px;z-index:4}
.eyebrow{font-size:.9rem;font-weight:600;margin:0;color:var(--muted)}
.muted,dt{color:var(--muted)}
.small{font-size:.875rem}
.card{border:1px solid var(--line);border-radius:14px;padding:20px;margin:0 0 14px;background:var(--card)}
.chip{display:inline-block;border-radius:99px;padding:1px 10px;font-size:.8rem;font-weight:600;white-space:nowrap;background:var(--warning-tint);color:var(--warning)}
.figures{display:flex;flex-wrap:wrap;gap:10px 36px;margin:0 0 26px}
.figures dt{font-size:.875rem}
.figures dd{margin:0;font-size:1.35rem;line-height:1.3;font-weight:600;letter-spacing:-.01em}
.figures dd a{color:var(--warning)}
button.plain{border:0;padding:4px 0;background:none;color:var(--plain);font:inherit;text-decoration:underline;text-underline-offset:.15em;text-decoration-thickness:1px;cursor:pointer}
.none{padding:48px 0;text-align:center;color:var(--muted)}`;

// A mark is where its time is: --x and --w are percents of the axis, --y is its top. It is never less than --n dots (--d) wide,
// and what it is wider than its time goes to both sides (--k).
const MARKS = `
.m{--c:var(--plain);display:block;width:max(var(--w,0%),calc(var(--n)*var(--d)));height:var(--d)}
.m.span{height:max(4px,calc(var(--d) - 4px))}
.m.review{--c:var(--warning)}
.m>*{display:block;position:relative;width:100%;height:100%;background:var(--c)}
.m.day>*{border-radius:99px}
.m.span>*{border-radius:2px}
.m.day.rough>*{background:linear-gradient(90deg,transparent,var(--c) 30% 70%,transparent) 0 50%/100% 4px no-repeat}
.m.day.rough>::before{content:"";position:absolute;inset:0;margin:auto;width:calc(var(--d)*.75);height:calc(var(--d)*.75);border-radius:99px;background:var(--c)}
.m.span.rough>*{-webkit-mask-image:linear-gradient(90deg,transparent,#000 var(--c0) var(--c1),transparent);mask-image:linear-gradient(90deg,transparent,#000 var(--c0) var(--c1),transparent)}
.m.review.span>*{background:repeating-linear-gradient(-45deg,var(--c) 0 3px,transparent 3px 5px)}
.m.day.review:not(.rough)>*{transform:rotate(45deg) scale(.85);border-radius:2px}
.m.day.review.rough>::before{transform:rotate(45deg);border-radius:1px}
.m.day.doubt:not(.rough)>*{background:var(--card);box-shadow:inset 0 0 0 2px var(--c)}
.m.day.doubt.rough>::before{background:var(--card);box-shadow:inset 0 0 0 2px var(--c)}
.m.span.doubt>*{background:none;border:1.5px dashed var(--c)}
.m.span.since>*{clip-path:polygon(0 30%,calc(100% - 9px) 30%,calc(100% - 9px) 0,100% 50%,calc(100% - 9px) 100%,calc(100% - 9px) 70%,0 70%)}
.m.span.until>*{clip-path:polygon(100% 30%,9px 30%,9px 0,0 50%,9px 100%,9px 70%,100% 70%)}
@media (forced-colors:active){.m>*,.m>::before,.strip path{forced-color-adjust:none}}`;

const AXIS = `
.axis{padding:18px 20px 16px}
.axis-head{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 20px;margin:0 0 8px}
.axis-head>*{font-size:1rem;margin:0}
.axis-head .small{font-size:.875rem}
.plot{position:relative;margin:0 8px;padding-bottom:26px;cursor:default}
.marks{position:relative;height:calc(var(--up) + var(--down));margin:0;padding:0;list-style:none}
.marks::before{content:"";position:absolute;left:-8px;right:-8px;top:var(--up);border-top:1px solid var(--muted)}
.marks .m{position:absolute;top:var(--y);left:calc(var(--x) - (max(var(--w),calc(var(--n)*var(--d))) - var(--w))*var(--k))}
.marks{clip-path:inset(-60px -9px)}
.marks a{outline-offset:2px}
.marks .on,.marks .m:focus-within{z-index:2}
.marks .on{outline:2px solid var(--ink);outline-offset:2px;border-radius:4px}
.marks a:focus-visible{outline:0}
.ticks span{position:absolute;top:0;bottom:0;border-left:1px solid var(--line);color:var(--muted);font-size:.8rem;line-height:1;font-variant-numeric:tabular-nums;white-space:nowrap;padding-left:5px;display:flex;align-items:flex-end}
.ticks .end{transform:translateX(-100%);border:solid var(--line);border-width:0 1px 0 0;padding:0 5px 0 0}
.tip{position:absolute;z-index:3;width:max-content;max-width:min(100%,340px);padding:5px 10px;border-radius:8px;background:var(--ink);color:var(--card);font-size:.875rem;line-height:1.4;pointer-events:none;overflow-wrap:anywhere}
.strip{position:relative;margin:10px 8px 0;height:34px;padding-top:8px;border-radius:4px;background:var(--plain-tint);cursor:ew-resize;touch-action:pan-y;overflow:hidden}
.strip svg{display:block;width:100%;height:26px}
.strip .all{fill:var(--faint)}
.strip .match{fill:var(--plain)}
.window{position:absolute;inset-block:0;border:2px solid var(--plain);border-radius:4px;min-width:4px;pointer-events:none}
.legend{display:flex;flex-wrap:wrap;gap:4px 22px;margin:14px 0 0;padding:0;list-style:none;color:var(--muted);font-size:.875rem}
.legend li{display:flex;align-items:center;gap:8px}
.legend .m,.event>.m{--d:12px}`;

const FILTERS = `
.filters{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:14px 16px;padding:18px 20px}
.filters label{display:grid;gap:3px;color:var(--muted);font-size:.875rem;min-width:0}
.find{grid-column:span 3}
.years{display:grid;grid-template-columns:1fr 1fr;gap:8px}
.filters input,.filters select{width:100%;height:40px;padding:0 10px;border:1px solid var(--field);border-radius:8px;background:var(--card);color:var(--ink);font:inherit;font-size:1rem;text-overflow:ellipsis}
.filters input[aria-invalid]{border-color:var(--warning);box-shadow:inset 0 0 0 1px var(--warning)}
.filters ::placeholder{color:var(--muted);opacity:1}
.year-help{grid-column:1/-1;margin:-6px 0 0;display:none}
.year-help.wrong{display:block;color:var(--warning)}
.found{position:sticky;top:0;z-index:3;display:flex;flex-wrap:wrap;align-items:center;gap:6px 12px;min-height:48px;margin:0 -20px 14px;padding:8px 20px;background:var(--page);border-bottom:1px solid var(--line)}
.found output{font-weight:600;font-variant-numeric:tabular-nums}
.active{display:flex;flex-wrap:wrap;gap:6px;margin:0;padding:0;list-style:none;min-width:0}
.active li{min-width:0}
.active button{display:flex;max-width:100%;align-items:center;gap:6px;min-height:28px;border:0;border-radius:99px;padding:2px 12px;background:var(--quote);color:var(--ink);font:inherit;font-size:.875rem;text-align:left;overflow-wrap:anywhere;cursor:pointer}
.active span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.active button::after{content:"\\00d7"/"";font-size:1.1em;line-height:1;color:var(--muted)}
#up{margin-left:auto;font-size:.875rem}`;

const EVENTS = `
#list:focus{outline:0}
.period{display:grid;grid-template-columns:8.5rem minmax(0,1fr);margin-bottom:20px}
.period h2{position:sticky;top:64px;align-self:start;margin:0;padding-top:14px;font-size:1.6rem;font-weight:650;letter-spacing:-.02em;line-height:1.15}
.period h2 span{display:block;margin-top:2px;font-weight:400;letter-spacing:0}
.events{position:relative;margin:0;padding:0 0 0 34px;list-style:none}
.events::before{content:"";position:absolute;left:9px;top:0;bottom:-20px;border-left:2px solid var(--line)}
.period:last-child .events::before{bottom:14px}
.event{position:relative;margin-bottom:14px}
.many .period{content-visibility:auto;contain-intrinsic-height:auto calc(var(--count)*290px)}
.event>.m{position:absolute;left:-24px;top:24px;transform:translateX(-50%);background:var(--page);box-shadow:0 0 0 4px var(--page)}
.event>.m.span{top:26px}
.event .card{margin:0;padding:16px 20px 18px}
.event.at .card{border-color:var(--plain);box-shadow:0 0 0 1px var(--plain)}
.event article:focus{outline:0}
.event article:focus-visible{outline:2px solid var(--plain);outline-offset:1px;border-radius:14px}
.when{display:flex;flex-wrap:wrap;gap:4px 10px;align-items:center;margin:0 0 2px;font-weight:600}
.when a{color:var(--plain);text-decoration:none}
.when a:hover{text-decoration:underline}
.written{margin:3px 0 0}
.written q{color:var(--ink)}
.written span::before{content:"\\00b7"/"";margin:0 6px 0 3px}
.summary{margin:10px 0 0;max-width:68ch;overflow-wrap:anywhere}
.quote{margin:12px 0 0;padding-left:16px;border-left:3px solid var(--line)}
.quote blockquote{margin:0;max-width:70ch;overflow-wrap:anywhere}
.context{color:var(--muted)}
mark{background:var(--quote);color:var(--ink);border-radius:3px;padding:1px 2px;margin:0 -2px;-webkit-box-decoration-break:clone;box-decoration-break:clone}
.quote figcaption{margin-top:6px;overflow-wrap:anywhere}
.quote figcaption .muted::before{content:"\\00b7"/"";margin:0 6px 0 3px}
details{margin-top:12px}
summary{width:fit-content;padding:2px 0;color:var(--plain);font-size:.875rem;cursor:pointer}
.claims{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,270px),1fr));gap:12px;margin-top:14px}
.claim{border:1px solid var(--line);border-radius:10px;padding:12px 14px}
.claim:first-child{border-color:var(--plain)}
.claim h4 span{display:block;font-weight:400}
.claim .quote{padding-left:0;border:0}
.names{display:flex;flex-wrap:wrap;gap:4px 24px;margin:14px 0 0}
.names div{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 12px}
.names dd{margin:0;overflow-wrap:anywhere}
.names a{display:inline-block;padding:2px 0}
.review.small{margin-top:14px;padding:11px 14px;border-radius:10px;background:var(--warning-tint)}
.review h4{font-size:.875rem;color:var(--warning)}
.review ul{margin:2px 0 0;padding-left:18px}
.review .decide{margin:6px 0 0}
.review a{color:var(--ink)}
code{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;user-select:all;overflow-wrap:anywhere}
footer{margin-top:2.6rem}
.sources{padding:8px 20px 8px 40px}
.sources li{padding:8px 0;overflow-wrap:anywhere}
.sources li+li{border-top:1px solid var(--line)}
.sources .muted{margin-left:6px}`;

const PHONE = `
@media (max-width:760px){
.filters{grid-template-columns:1fr 1fr}
.find,.years{grid-column:1/-1}
.active{order:1;width:100%;overflow-x:auto;flex-wrap:nowrap}
.active:empty{display:none}
.active li{flex:none;max-width:80vw}
.period{display:block}
.period h2{position:static;padding:6px 0 10px;font-size:1.35rem}
.period h2 span{display:inline;margin-left:6px}
.events{padding-left:22px}
.events::before{left:4px}
.event>.m{left:-17px}
.event>.m.span{width:18px}
.event>.m.day.rough{width:22px}
}
@media (max-width:520px){
body{padding:22px 12px 40px}
h1{font-size:1.6rem}
.card{padding:16px}
.axis{padding:14px 12px}
.filters{padding:14px 12px;gap:10px}
.figures{gap:8px 18px;margin-bottom:18px}
.figures dd{font-size:1.1rem}
.found{margin:0 -12px 12px;padding:8px 12px}
.event .card{padding:14px 14px 16px}
.quote{padding-left:12px}
}
html:has(.many){scroll-behavior:auto}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}`;

const PRINT = `
@page{size:A4;margin:13mm 14mm 15mm;@bottom-right{content:counter(page) " / " counter(pages);font:8.5pt system-ui,sans-serif;color:#566071}}
@media print{
html{font-size:12px}
body{padding:0;font-size:1rem;background:#fff}
header,main,footer{max-width:none}
.filters,.found,.skip,.tip,.decide,summary{display:none!important}
.card{border-radius:8px;padding:12px}
.period{display:block;margin-bottom:8px}
.period h2{position:static;font-size:1.3rem;padding:4px 0 8px;break-inside:avoid}
.period h2 span{display:inline;margin-left:6px}
.event{margin-bottom:8px;break-inside:avoid}
.many .period{content-visibility:visible}
.event .card{padding:8px 12px 10px}
.event>.m{top:14px}.event>.m.span{top:16px}
.quote,.summary,.names,.claims,.review.small{margin-top:6px}
.strip,.hint{display:none}
.axis,.sources li,.quote{break-inside:avoid}
h2,h3,.when,.written{break-after:avoid}
p{orphans:3;widows:3}
a{color:inherit;text-decoration:none}
.sources a[href^=http]::after{content:" " attr(href);color:var(--muted);font-size:.9em}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}`;

/** The look of the page: light, dark for screens that ask for it, from 320 px up, and A4. No fonts or images are loaded. */
export const PAGE_STYLE = `:root{color-scheme:light dark;${colours(LIGHT)}}
@media screen and (prefers-color-scheme:dark){:root{${colours(DARK)}}}
${LAYOUT}${MARKS}${AXIS}${FILTERS}${EVENTS}${PHONE}${PRINT}`;
