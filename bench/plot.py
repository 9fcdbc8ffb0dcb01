"""Draw how many times as fast as the peer each row is, as SVG that is written by hand."""

import math
from collections.abc import Callable
from html import escape

from bench.row import Row

LEFT, WIDTH, LINE, TOP = 330, 330, 34, 46
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1f2933}"
    ".bar{fill:#2f6f4f}.short{fill:#b4532a}.mark{stroke:#1f2933;stroke-width:1.5}"
    ".grid{stroke:#d5dbe1}.middle{text-anchor:middle}.end{text-anchor:end}.small{font-size:11px;fill:#66717d}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e9ee}.mark{stroke:#e4e9ee}"
    ".grid{stroke:#3a444e}.small{fill:#9aa7b3}}"
)


def svg(rows: list[Row]) -> str:
    """Draw the rows that have a peer, on a logarithmic scale: 1 is as fast as the peer."""
    drawn = [row for row in rows if row.ratio]
    least = min([0.25, *(row.ratio for row in drawn if row.ratio)])
    most = max([16.0, *(row.ratio for row in drawn if row.ratio)])

    def at(ratio: float) -> float:
        return LEFT + WIDTH * math.log(ratio / least) / math.log(most / least)

    height = TOP + LINE * len(drawn) + 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" role="img">',
        f"<title>Fanfold against its peers</title><style>{STYLE}</style>",
        f'<text x="{LEFT}" y="18">times as fast as the peer; the line is the bar</text>',
    ]
    for step in (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64):
        if least <= step <= most:
            x = f"{at(step):.0f}"
            parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="38" y2="{height - 8}"/>')
            parts.append(f'<text class="small middle" x="{x}" y="34">{step:g}</text>')
    for number, row in enumerate(drawn):
        parts += bar(row, at, TOP + LINE * number)
    return "\n".join([*parts, "</svg>", ""])


def bar(row: Row, at: Callable[[float], float], y: int) -> list[str]:
    ratio = row.ratio or 1.0
    begin, end = sorted((at(1), at(ratio)))
    kind = "short" if row.met is False else "bar"
    name = escape(row.what.partition(" (")[0])
    place = f'x="{begin:.0f}" y="{y + 3}" width="{end - begin:.0f}" height="18"'
    drawn = [
        f'<text class="end" x="{LEFT - 12}" y="{y + 16}">{name}</text>',
        f'<rect class="{kind}" {place} rx="2"/>',
        f'<text x="{end + 8:.0f}" y="{y + 16}">{ratio:.3g}</text>',
    ]
    if row.bar.startswith("≥ "):
        x = at(float(row.bar[2:]))
        drawn.append(f'<line class="mark" x1="{x:.0f}" x2="{x:.0f}" y1="{y}" y2="{y + 24}"/>')
    return drawn
