interface Palette {
  readonly page: string;
  readonly card: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly track: string;
  readonly ok: string;
  readonly warning: string;
  readonly over: string;
  readonly plain: string;
  readonly okTint: string;
  readonly warningTint: string;
  readonly overTint: string;
  readonly plainTint: string;
}

const LIGHT: Palette = {
  page: '#f4f5f8',
  card: '#ffffff',
  ink: '#1c2330',
  muted: '#566071',
  line: '#e1e5ec',
  track: '#e6e9ef',
  ok: '#1f7a4d',
  warning: '#8f5200',
  over: '#b3261e',
  plain: '#3b62c4',
  okTint: '#e5f4ec',
  warningTint: '#fdf1df',
  overTint: '#fce9e7',
  plainTint: '#edf0f5',
};

const DARK: Palette = {
  page: '#11141a',
  card: '#1a1f28',
  ink: '#e8ecf3',
  muted: '#a0abbc',
  line: '#2d3543',
  track: '#2d3543',
  ok: '#63c996',
  warning: '#f2b661',
  over: '#ff8f85',
  plain: '#8db2ff',
  okTint: '#16301f',
  warningTint: '#36280f',
  overTint: '#3c1a18',
  plainTint: '#2a313d',
};

/** The colours of each scheme, as `#rrggbb`. */
export const PALETTES = { light: LIGHT, dark: DARK };

// Colours are written out once for each scheme, not as custom properties: many mail readers drop those.
const colours = (p: Palette): string => `
body{background:${p.page};color:${p.ink}}
.card{background:${p.card};border-color:${p.line}}
.muted,thead th,.currency,dt,.eyebrow{color:${p.muted}}
th,td,.part,.total,.attention li{border-color:${p.line}}
.track{fill:${p.track}}.notch{fill:${p.card}}.grid{stroke:${p.line}}
.pace,.previous{stroke:${p.muted}}.label{fill:${p.muted}}
.limit{stroke:${p.ink}}.limit-label{fill:${p.ink};stroke:${p.card}}
${(['ok', 'warning', 'over', 'plain'] as const)
  .map(
    (tone) =>
      `.fill-${tone},.area-${tone}{fill:${p[tone]}}.line-${tone}{stroke:${p[tone]}}.text-${tone},.text-${tone} .currency{color:${p[tone]}}`,
  )
  .join('\n')}
.chip-ok{background:${p.okTint};color:${p.ok}}
.chip-warning{background:${p.warningTint};color:${p.warning}}
.chip-over{background:${p.overTint};color:${p.over}}
.chip-plain{background:${p.plainTint};color:${p.muted}}`;

const LAYOUT = `
*{box-sizing:border-box}
body{margin:0;padding:36px 16px 56px;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:880px;margin:0 auto}
h1{font-size:2rem;line-height:1.2;margin:.2rem 0 1.2rem;letter-spacing:-.015em;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;margin:2.6rem 0 .8rem;letter-spacing:-.005em}
h3,caption{font-size:1rem;line-height:1.4;font-weight:600;margin:0 0 .5rem}
p{margin:0 0 .5rem}
.eyebrow{font-size:.9rem;font-weight:600;margin:0}
.amount{white-space:nowrap;font-variant-numeric:tabular-nums}
.currency{font-size:.8em}
.small{font-size:.875rem}
.small .currency{font-size:.9em}
.card{border:1px solid;border-radius:14px;padding:20px;margin:0 0 14px}
.card>:last-child,.part>:last-child{margin-bottom:0}
.chip{display:inline-block;border-radius:99px;padding:1px 10px;font-size:.8rem;font-weight:600;white-space:nowrap}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,120px),1fr));gap:14px 20px;margin:0}
.figures>div{display:inline-block;min-width:0;margin:0 20px 0 0}
dt{font-size:.875rem}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.totals dd{font-size:1.35rem;line-height:1.3;letter-spacing:-.01em}
.totals .figures{grid-template-columns:repeat(auto-fill,minmax(min(100%,185px),1fr))}
.total{border-style:solid;border-width:0}
.total+.total{border-top-width:1px;margin-top:14px;padding-top:14px}
.many dd{font-size:1.1rem}
.total .small{margin:8px 0 0}
.attention{list-style:none;margin:0;padding:0}
.attention li{display:flex;gap:12px;align-items:baseline;padding:9px 0;border-bottom:1px solid;overflow-wrap:anywhere}
.attention li:first-child{padding-top:0}
.attention li:last-child{border-bottom:0;padding-bottom:0}
.attention .chip{min-width:6.4em;text-align:center}
.attention li>span:last-child{min-width:0}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,250px),1fr));gap:14px}
.cards .card{margin:0}
.cards h3{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden;overflow-wrap:anywhere;margin:0 0 2px}
.cards p{margin:0 0 4px}
.big{font-size:1.5rem;font-weight:650;line-height:1.25;letter-spacing:-.01em}
.big .currency{font-size:.65em}
.bar{display:block;height:8px;border-radius:4px;margin:8px 0 6px}
.chart{display:block;height:auto;margin-bottom:8px}
.separator{display:none}
.limit-label{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}
.budget{margin-top:2.6rem;padding:24px}
.budget-head{margin-bottom:16px}
.budget-head h2{margin:0 0 6px;overflow-wrap:anywhere}
.budget-head .chip{margin-right:6px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:0 32px}
.part{border-top:1px solid;margin-top:20px;padding-top:18px;min-width:0}
table{width:100%;border-collapse:collapse;font-size:.94rem}
caption{text-align:left;margin:0;padding-bottom:4px}
caption .small{font-weight:400}
th,td{padding:8px 0 8px 16px;text-align:left;vertical-align:top;border-bottom:1px solid}
th:first-child,td:first-child{padding-left:0}
tbody th{font-weight:500;overflow-wrap:anywhere}
tbody th .small{font-weight:400}
thead th{font-size:.82rem;font-weight:600;white-space:nowrap}
tbody tr:last-child th,tbody tr:last-child td{border-bottom:0;padding-bottom:0}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.number .long wbr{display:none}
.date{white-space:nowrap}
.wide{width:99%}
thead .wide{white-space:normal}
footer{margin-top:2.6rem}
@media (max-width:520px){
body{padding:22px 12px 40px}
h1{font-size:1.6rem}
.card{padding:16px}.budget{padding:16px}
.figures,.totals .figures{grid-template-columns:repeat(auto-fill,minmax(min(100%,125px),1fr));gap:12px 16px}
.totals dd{font-size:1.15rem}
.attention li{display:block}
.attention .chip{min-width:0;margin-bottom:3px}
.attention li>span:last-child{display:block}
th,td{padding-left:10px}
.many dd{font-size:1rem}
.number .long wbr{display:inline}
}`;

const PRINT = `
@page{size:A4;margin:13mm 14mm 15mm;@bottom-right{content:counter(page) " / " counter(pages);font:8.5pt system-ui,sans-serif;color:#566071}}
@media print{
html{font-size:12px}
body{padding:0;font-size:1rem;background:#fff}
main,header,footer{max-width:none}
h2{margin-top:1.6rem}
.card{border-radius:8px;padding:12px}
.budget{margin-top:12px;padding:12px 14px}
.budget-head{margin-bottom:10px}
.part{margin-top:12px;padding-top:10px}
th,td{padding-top:3px;padding-bottom:3px}
.bar{height:6px;margin:3px 0 2px}
.totals .figures{grid-template-columns:repeat(4,1fr)}
.figures{grid-template-columns:repeat(6,1fr);gap:8px 14px}
.total+.total{margin-top:8px;padding-top:8px}
.attention li{padding:4px 0}
.cards{grid-template-columns:repeat(3,1fr);gap:10px}
.pair{grid-template-columns:1fr 1fr;gap:0 24px}
.chart{max-width:270px}
.under{display:none}.under+.small{margin-left:6px}
.budget,.cards .card,.budget-head,.totals,.total,.attention li,.pair,tr,svg,dl,caption{break-inside:avoid}
h2,h3,caption,thead,.budget-head,.figures{break-after:avoid}
p{orphans:3;widows:3}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}`;

/**
 * The style sheet in parts: layout, light, dark for screens that ask for it, and A4; later ones override earlier ones.
 * Each goes into an element of its own, since mail readers drop one whole when it is long or holds a rule they do not know.
 */
export const STYLE_SHEETS: readonly string[] = [
  `:root{color-scheme:light dark}${LAYOUT}`,
  colours(LIGHT),
  `@media screen and (prefers-color-scheme:dark){${colours(DARK)}\n}`,
  PRINT,
];
