//! How an HTML page looks: light, dark and on paper.
//!
//! Colours keep a contrast of 4.5 : 1 on their ground; nothing is loaded from anywhere.

/// The style sheet of every page.
pub(super) const STYLE: &str = r#":root {
  --ground: #ffffff; --ink: #1c2024; --dim: #5b636b; --line: #d7dce1; --wash: #f4f6f8;
  --name: #0b5a80; --good: #1a6b34; --warn: #8a4b00; --bad: #b3261e;
  --heat-plain: #cfe3f2; --heat-warn: #ffd79a; --heat-bad: #ffb4a9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --ink: #e4e7ea; --dim: #9aa4ad; --line: #343a40; --wash: #1d2125;
    --name: #79c0e8; --good: #7ccf93; --warn: #ffb950; --bad: #ff8a7d;
    --heat-plain: #1f3a4d; --heat-warn: #5c3d00; --heat-bad: #6e1f18;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main { max-width: 76rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 {
  font-size: 1.15rem; color: var(--dim); font-weight: 600; margin: 0 0 1rem;
  overflow-wrap: anywhere;
}
h1 + p { font-size: 1.35rem; line-height: 1.4; margin: 0 0 1rem; }
h2 {
  font-size: 1rem; margin: 2.2rem 0 .6rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--line);
}
h3 { font-size: .92rem; margin: 1.2rem 0 .4rem; color: var(--dim); }
h2::first-letter, h3::first-letter { text-transform: uppercase; }
p, li, dd { max-width: 60rem; overflow-wrap: anywhere; }
dl { margin: 0; display: grid; grid-template-columns: minmax(2rem, max-content) 1fr; gap: 0 .9rem; }
dl > div {
  display: grid; grid-template-columns: subgrid; grid-column: 1 / -1; padding: .35rem 0;
}
dt { font-weight: 700; }
dd { margin: 0; }
code, pre, .tree, table {
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
code { font-size: .95em; color: var(--name); }
pre {
  background: var(--wash); border: 1px solid var(--line); border-radius: 6px;
  padding: .8rem 1rem; overflow-x: auto; font-size: .85rem;
}
.wide { overflow-x: auto; margin: 0 0 1.2rem; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
th, td { padding: .22rem .6rem; text-align: left; vertical-align: top; white-space: nowrap; }
thead th { color: var(--dim); font-weight: 500; border-bottom: 1px solid var(--line); }
.right { text-align: right; }
.tree { width: 100%; }
.tree tbody th {
  font-weight: 400; white-space: normal; width: 100%; min-width: 22rem;
  padding-left: calc(.6rem + var(--depth) * 1.1rem);
}
.tree tbody tr { border-bottom: 1px solid var(--wash); }
.tree tbody tr.plain td:first-child {
  background: linear-gradient(to right, var(--heat-plain) var(--heat), transparent 0);
}
.tree tbody tr.warn td:first-child {
  background: linear-gradient(to right, var(--heat-warn) var(--heat), transparent 0);
}
.tree tbody tr.bad td:first-child {
  background: linear-gradient(to right, var(--heat-bad) var(--heat), transparent 0);
}
.tree td:first-child { min-width: 5rem; }
.tree td:first-child span { color: inherit; font-weight: inherit; }
@media (max-width: 44rem) {
  .tree td:nth-child(n+3), .tree thead th:nth-child(n+3):not(:last-child) { display: none; }
  .tree tbody th { min-width: 12rem; padding-left: calc(.6rem + var(--depth) * .5rem); }
}
small { display: block; color: var(--dim); font-size: .92em; overflow-wrap: anywhere; }
.dim { color: var(--dim); } .good { color: var(--good); }
.warn > span.warn, span.warn {
  color: var(--warn); } span.bad { color: var(--bad); font-weight: 600;
}
figure { margin: 1rem 0 1.5rem; } figure svg { display: block; width: 100%; height: auto; }
:focus-visible { outline: 2px solid var(--name); outline-offset: 2px; }
@media print {
  :root {
    --ground: #ffffff; --ink: #000000; --dim: #444444; --line: #bbbbbb; --wash: #ffffff;
    --name: #003a57; --good: #0b4d20; --warn: #6b3a00; --bad: #8a120b;
    --heat-plain: #d9e8f3; --heat-warn: #ffe2b5; --heat-bad: #ffc9c1;
  }
  main { max-width: none; padding: 0; } body { font-size: 10pt; }
  table {
    font-size: 7.5pt; } .wide, pre { overflow: visible; } th, td, pre { white-space: pre-wrap;
  }
  tr, figure, dl > div { break-inside: avoid; } h2 { break-after: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}"#;
