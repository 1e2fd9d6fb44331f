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
}

const LIGHT: Palette = {
  page: '#f4f5f8',
  card: '#ffffff',
  ink: '#1c2330',
  muted: '#5b6576',
  line: '#e1e5ec',
  track: '#e6e9ef',
  ok: '#1f7a4d',
  warning: '#a15c00',
  over: '#b3261e',
  plain: '#3b62c4',
  okTint: '#e5f4ec',
  warningTint: '#fdf1df',
  overTint: '#fce9e7',
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
};

// Colours are written out once for each scheme, not as custom properties: many mail readers drop those.
const colours = (p: Palette): string => `
body{background:${p.page};color:${p.ink}}
.card{background:${p.card};border-color:${p.line}}
.muted,thead th,.currency,dt,.eyebrow{color:${p.muted}}
th,td{border-color:${p.line}}
.track{fill:${p.track}}.grid{stroke:${p.line}}.pace{stroke:${p.muted}}.label{fill:${p.muted}}
.limit{stroke:${p.ink}}.limit-label{fill:${p.ink}}
${(['ok', 'warning', 'over', 'plain'] as const)
  .map(
    (tone) =>
      `.fill-${tone},.area-${tone}{fill:${p[tone]}}.line-${tone}{stroke:${p[tone]}}.text-${tone}{color:${p[tone]}}`,
  )
  .join('\n')}
.chip-ok{background:${p.okTint};color:${p.ok}}
.chip-warning{background:${p.warningTint};color:${p.warning}}
.chip-over{background:${p.overTint};color:${p.over}}
.chip-plain{background:${p.track};color:${p.muted}}
.attention li{border-color:${p.line}}
.attention .over{border-left-color:${p.over}}
.attention .warning{border-left-color:${p.warning}}
.attention .note{border-left-color:${p.plain}}`;

const LAYOUT = `
*{box-sizing:border-box}
body{margin:0;padding:28px 16px 48px;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;-webkit-text-size-adjust:100%}
main,header,footer{max-width:900px;margin:0 auto}
h1{font-size:1.9rem;line-height:1.2;margin:.15rem 0 .6rem;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:1.25rem;line-height:1.3;margin:2.4rem 0 .8rem}
h3{font-size:1rem;margin:0 0 .5rem}
p{margin:0 0 .5rem}
.eyebrow{font-size:.85rem;font-weight:600;letter-spacing:.02em;margin:0}
.lede{font-size:1.05rem}
.amount{white-space:nowrap;font-variant-numeric:tabular-nums}
.currency{font-size:.78em}
.card{border:1px solid;border-radius:12px;padding:16px}
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,260px),1fr));gap:12px}
.cards h3{display:flex;justify-content:space-between;gap:8px;align-items:baseline;overflow-wrap:anywhere}
.big{font-size:1.45rem;font-weight:650;line-height:1.2;margin:.1rem 0}
.chip{display:inline-block;border-radius:99px;padding:1px 9px;font-size:.78rem;font-weight:600;white-space:nowrap}
.bar{display:block;height:8px;border-radius:4px;margin:6px 0 4px}
.chart{display:block;height:auto;overflow:visible}
.small{font-size:.86rem}
.attention{list-style:none;margin:0;padding:0;display:grid;gap:8px}
.attention li{border:1px solid;border-left-width:5px;border-radius:8px;padding:9px 13px;overflow-wrap:anywhere}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,300px),1fr));gap:12px;align-items:start}
.stack{display:grid;gap:12px}
.card>:last-child{margin-bottom:0}
.budget-head{display:flex;flex-wrap:wrap;gap:4px 12px;align-items:baseline;margin:2.4rem 0 .8rem}
.budget-head h2{margin:0;overflow-wrap:anywhere}
table{width:100%;border-collapse:collapse;font-size:.92rem}
caption{text-align:left;font-weight:600;font-size:1rem;padding-bottom:6px}
caption .small{font-weight:400}
th,td{padding:7px 0 7px 12px;text-align:left;vertical-align:top;border-bottom:1px solid}
th:first-child,td:first-child{padding-left:0}
tbody th{font-weight:500;overflow-wrap:anywhere}
thead th{font-size:.8rem;font-weight:600;white-space:nowrap}
tbody tr:last-child th,tbody tr:last-child td{border-bottom:0}
.number{text-align:right;white-space:nowrap}
.date{white-space:nowrap}
.wide{width:99%}
.roomy{min-width:11em}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(130px,1fr));gap:10px 16px;margin:0;font-size:.92rem}
dt{font-size:.8rem}dd{margin:0}
footer{margin-top:2.4rem}
@media (max-width:480px){body{padding:20px 12px 36px}h1{font-size:1.55rem}.card{padding:13px}.roomy{display:none}}`;

const PRINT = `
@page{size:A4;margin:14mm}
@media print{
body{padding:0;font-size:10.5pt;background:#fff}
.pair,.cards{gap:10px}
.card{border-radius:6px;padding:10px}
.card,.attention li,tr,svg{break-inside:avoid}
h2,h3,caption,.budget-head{break-after:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}`;

/** The style sheet: light, dark for screens that ask for it, and A4. The later blocks override the earlier. */
export const STYLE_SHEET = `${LAYOUT}\n${colours(LIGHT)}\n@media screen and (prefers-color-scheme:dark){${colours(DARK)}\n}${PRINT}`;
