"""Draw what happened each second, with the faults marked, as SVG that is written by hand."""

from html import escape

from tests.faults.trial import Finding

LEFT, WIDTH, TOP, HEIGHT = 56, 680, 54, 190
LANE = 15
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2933}"
    ".line{fill:none;stroke-width:1.5}.fault{stroke:#b4532a;stroke-width:1}"
    ".grid{stroke:#d5dbe1}.end{text-anchor:end}.middle{text-anchor:middle}.small{font-size:11px;fill:#66717d}"
    "@media(prefers-color-scheme:dark){text{fill:#e4e9ee}.grid{stroke:#3a444e}.small{fill:#9aa7b3}}"
)
COLOURS = ("#2f6f4f", "#3a6ea5", "#8a5fb0", "#a07a1f", "#66717d")


def svg(finding: Finding) -> str:
    """Draw each series over the seconds, and below it a lane of marks for each fault."""
    seconds = max([1, *(len(values) for values in finding.series.values())])
    most = max(1.0, *(value for values in finding.series.values() for value in values))
    kinds = sorted({kill.part for kill in finding.kills})
    bottom = TOP + HEIGHT
    height = bottom + 30 + LANE * len(kinds) + 8

    def across(second: float) -> float:
        return LEFT + WIDTH * min(second / seconds, 1.0)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 {height}" role="img">',
        f"<title>{escape(finding.name)}</title><style>{STYLE}</style>",
        f'<text x="{LEFT}" y="18">events a second; below, what was killed or paused</text>',
        *_grid(seconds, most, bottom),
    ]
    for number, (name, values) in enumerate(finding.series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(
            f"{across(second):.1f},{bottom - HEIGHT * value / most:.1f}"
            for second, value in enumerate(values)
        )
        parts.append(f'<polyline class="line" stroke="{colour}" points="{points}"/>')
        x = LEFT + 150 * number
        parts.append(f'<rect x="{x}" y="28" width="10" height="10" fill="{colour}"/>')
        parts.append(f'<text class="small" x="{x + 15}" y="37">{escape(name)}</text>')
    for number, kind in enumerate(kinds):
        y = bottom + 30 + LANE * number
        for kill in finding.kills:
            if kill.part == kind:
                at = f"{across(kill.at):.1f}"
                line = f'x1="{at}" x2="{at}" y1="{y}" y2="{y + 10}"'
                parts.append(f'<line class="fault" {line}/>')
        parts.append(f'<text class="small" x="4" y="{y + 10}">{escape(kind[:9])}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _grid(seconds: int, most: float, bottom: int) -> list[str]:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = f"{bottom - HEIGHT * share:.0f}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + WIDTH}" y1="{y}" y2="{y}"/>')
        parts.append(
            f'<text class="small end" x="{LEFT - 6}" y="{y}" dy="4">{most * share:.0f}</text>'
        )
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = f"{LEFT + WIDTH * share:.0f}"
        label = f"{seconds * share:.0f} s"
        parts.append(f'<text class="small middle" x="{x}" y="{bottom + 16}">{label}</text>')
    return parts
