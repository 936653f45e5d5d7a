"""How a report's page looks: light and dark as the reader's machine is set, one column on a phone."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf8; --card: #fff; --ink: #1c1f23; --soft: #5d6570; --edge: #e3e1dc;
  --accent: #0a6ea8; --tint: #0a6ea81f; --warn: #b4540a; --warn-tint: #b4540a17; --good: #23774a; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1c2024; --ink: #e8eaed; --soft: #9aa3ad;
  --edge: #30363c; --accent: #61b5ea; --tint: #61b5ea29; --warn: #f0a35e; --warn-tint: #f0a35e1f; --good: #6fcf97; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); line-height: 1.5; font-size: 15px;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic",
  sans-serif; word-break: keep-all; overflow-wrap: anywhere; }
main { max-width: 1060px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 4px; letter-spacing: -0.01em; }
h1 small { color: var(--soft); font-weight: 400; font-size: 18px; }
h2 { font-size: 17px; margin: 0 0 10px; }
h3 { font-size: 14px; margin: 18px 0 6px; }
p { margin: 0 0 10px; max-width: 70ch; }
.soft, caption { color: var(--soft); font-size: 13px; }
.lead { font-size: 17px; margin: 10px 0 2px; }
section, .tile { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; }
section { padding: 18px 20px; margin: 16px 0 0; min-width: 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 20px 0 0; }
.tile { padding: 12px 14px; }
.tile b { display: block; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.25; }
.tile span { color: var(--soft); font-size: 13px; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 0 16px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; overflow-wrap: break-word; }
td:first-child { min-width: 7.5em; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 13px; }
th, td { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--edge); vertical-align: baseline; }
th:last-child, td:last-child { padding-right: 0; }
table + .soft, .scroll + .soft, svg + .soft, .bars + .soft { margin: 8px 0 0; }
tbody tr:last-child td, tbody tr:last-child th { border-bottom: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.meter { display: block; height: 8px; border-radius: 4px; background: var(--tint); min-width: 80px; }
.meter i { display: block; height: 8px; border-radius: 4px; background: var(--accent); }
.bars { display: grid; grid-template-columns: minmax(0, max-content) minmax(60px, 1fr) max-content; gap: 5px 12px;
  align-items: center; font-size: 14px; }
.bars .n { color: var(--soft); font-size: 13px; }
.matrix td { text-align: center; padding: 8px 10px; border: 2px solid var(--card); border-radius: 6px;
  font-variant-numeric: tabular-nums; }
.matrix small { opacity: .75; }
.matrix th { border: 0; padding: 6px 10px; }
.matrix thead th { text-align: center; }
.mark { display: inline-block; padding: 0 8px; border-radius: 9px; font-size: 12px; line-height: 19px;
  color: var(--soft); border: 1px solid var(--edge); white-space: nowrap; }
.mark.warn { color: var(--warn); background: var(--warn-tint); border-color: transparent; }
.mark.used { color: var(--accent); background: var(--tint); border-color: transparent; }
ul { list-style: none; padding: 0; margin: 0; }
li { padding: 7px 0; border-bottom: 1px solid var(--edge); }
li:last-child { border-bottom: 0; }
details { margin: 6px 0 0; } summary { cursor: pointer; color: var(--soft); font-size: 13px; }
svg { display: block; width: 100%; max-width: 520px; height: auto; }
.grid { stroke: var(--edge); } .guide { stroke: var(--soft); stroke-dasharray: 4 4; }
.whisker { stroke: var(--accent); stroke-width: 1.5; opacity: .55; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.line.other { stroke: var(--soft); stroke-dasharray: 5 4; stroke-width: 1.5; } .line.past { stroke: var(--ink);
  stroke-width: 1.3; opacity: .8; }
.dot { fill: var(--accent); } .bar { fill: var(--accent); opacity: .8; } .band { fill: var(--tint); }
.tick, .name { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
footer { color: var(--soft); font-size: 13px; margin-top: 24px; }
@media (max-width: 520px) { main { padding: 20px 12px 40px; } section { padding: 14px; } h1 { font-size: 22px; }
  .tiles { grid-template-columns: 1fr 1fr; } .wide { display: none; } .tile b { font-size: 19px; } }
@media print { body { background: none; } section, .tile { break-inside: avoid; } }
"""
