import { DARK, LIGHT, type Theme } from '../../draw/theme.ts';

const colours = ({ series, ink, paper }: Theme) =>
  [
    ...series.map((colour, i) => `--series-${i + 1}: ${colour};`),
    `--ink: ${ink};`,
    `--paper: ${paper};`,
  ].join(' ');

/** How the page looks: light or dark as the reader's system is, from a telephone's width on. */
export const STYLE = `
:root { color-scheme: light dark; ${colours(LIGHT)} --muted: #565d68; --line: #d9dde3; --card: #f6f7f9; --good: #1a6e34; --bad: #b3202e; --warn: #7d5200; }
@media (prefers-color-scheme: dark) {
  :root { ${colours(DARK)} --muted: #a8b0bc; --line: #333a45; --card: #1c2129; --good: #74d17f; --bad: #ff8593; --warn: #f0c257; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 0 0 .4rem; }
p { margin: .5rem 0; max-width: 46rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
small, .muted { color: var(--muted); font-size: .875rem; }
.verdict { display: inline-block; padding: .15rem .7rem; border: 2px solid currentColor; border-radius: 1rem; font-weight: 600; }
.good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1rem; margin: 1rem 0; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .9rem 1rem; margin: 0; min-width: 0; }
.flow { list-style: none; margin: 0; padding: 0; }
.flow li { position: relative; padding: .35rem .6rem; border: 1px solid var(--line); border-radius: .35rem; background: var(--paper); overflow-wrap: anywhere; }
.flow li + li { margin-top: 1.3rem; }
.flow li + li::before { content: "↓"; position: absolute; top: -1.4rem; left: 1.2rem; color: var(--muted); }
.flow small { display: block; }
.flow .gone { border: 2px dashed var(--muted); color: var(--muted); } .flow .new { border-color: var(--series-1); border-width: 2px; }
figure svg { display: block; width: 100%; height: auto; max-width: 30rem; margin: 0 auto; }
figcaption { font-size: .875rem; color: var(--muted); margin-top: .5rem; }
.key { color: var(--ink); white-space: nowrap; margin-right: 1rem; }
.key::before { content: ""; display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; vertical-align: -1px; background: var(--key); border-radius: 2px; }
.key-1 { --key: var(--series-1); } .key-2 { --key: var(--series-2); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
.wide:focus-visible, summary:focus-visible { outline: 2px solid var(--series-1); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .4rem .55rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
caption { text-align: left; padding: .5rem .7rem; }
tr:last-child td, tr:last-child th[scope=row] { border-bottom: 0; } thead th { background: var(--card); }
td:last-child { white-space: normal; }
td.n, th.n { text-align: right; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .3rem 1rem; margin: .75rem 0; }
dt { color: var(--muted); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
ul.warnings { margin: .75rem 0; padding-left: 1.2rem; max-width: 46rem; }
details { margin: .75rem 0; } summary { cursor: pointer; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; overflow-x: auto; font: .85rem ui-monospace, monospace; }
@media print { .wide { overflow: visible; } th, td { white-space: normal; } }
`;
