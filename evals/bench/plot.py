"""Draws how speed and memory grow with the library: `python -m evals.bench.plot OUT.svg BENCH.json...`, where the
files are what `huiwen bench --json` wrote."""

import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.output import write_text

_PANELS = (
    "a question, median",
    "a question, p95",
    "cold start to first answer",
    "memory of the server",
    "adding text files",
)
_COLUMNS, _WIDTH, _HEIGHT = 3, 300, 210  # of a panel
_LEFT, _RIGHT, _TOP, _BOTTOM = 45, 30, 45, 35  # around its curve
_HALF = 18  # of a limit's line
_STYLE = (
    "text{font:12px sans-serif;fill:#333}.title{font-weight:bold}.value{text-anchor:middle;stroke:#fff;stroke-width:3;paint-order:stroke}.end{text-anchor:end}"
    "polyline{fill:none;stroke:#1f5fa8;stroke-width:2}circle{fill:#1f5fa8}.axis{stroke:#999}"
    ".limit{stroke:#c0392b;stroke-width:2;stroke-dasharray:5 3}"
)


def draw(runs: Sequence[Mapping[str, Any]]) -> str:
    """An SVG with a panel for each of a few measures, by the sentences of the library; what was measured twice is as
    in the last of `runs`, which are as `write_bench_json` has them. A measure that none has is left out."""
    found = {(each["name"], each["at"]): each for run in runs for each in run["measures"] if each["at"]}
    panels = [[found[key] for key in sorted(found) if key[0] == name] for name in _PANELS]
    panels = [each for each in panels if each]
    rows = math.ceil(len(panels) / _COLUMNS)
    parts = [
        f'<g transform="translate({n % _COLUMNS * _WIDTH} {n // _COLUMNS * _HEIGHT})">{"".join(_panel(each))}</g>'
        for n, each in enumerate(panels)
    ]
    size = f'width="{_COLUMNS * _WIDTH}" height="{rows * _HEIGHT}"'
    background = f'<rect {size} fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{_STYLE}</style>{background}{"".join(parts)}</svg>\n'


def _panel(measures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The curve of one measure, smallest library first; each limit is a line at the sizes for which it holds."""
    highest: float = max(max(each["value"], each["limit"] or 0) for each in measures)
    first, last = (math.log10(measures[n]["at"]) for n in (0, -1))
    base = _HEIGHT - _BOTTOM

    def x(each: Mapping[str, Any]) -> float:
        share = (math.log10(each["at"]) - first) / ((last - first) or 1)
        return round(_LEFT + _HALF + share * (_WIDTH - _LEFT - _RIGHT - 2 * _HALF), 1)

    def y(value: float) -> float:
        return round(base - value / highest * (base - _TOP), 1)

    yield f'<text class="title" x="10" y="20">{measures[0]["name"]} ({measures[0]["unit"]})</text>'
    yield f'<line class="axis" x1="{_LEFT}" y1="{base}" x2="{_WIDTH - _RIGHT}" y2="{base}"/>'
    for value in (0, highest):
        yield f'<text class="end" x="{_LEFT - 5}" y="{y(value) + 4}">{value:.3g}</text>'
    for each in measures:
        if each["limit"] is not None:
            height, sign = y(each["limit"]), "≥" if each["at_least"] else "≤"
            yield f'<line class="limit" x1="{x(each) - _HALF}" y1="{height}" x2="{x(each) + _HALF}" y2="{height}">'
            yield f"<title>{sign} {each['limit']:.3g}</title></line>"
    points = " ".join(f"{x(each)},{y(each['value'])}" for each in measures)
    yield f'<polyline points="{points}"/>'
    for each in measures:
        yield f'<circle cx="{x(each)}" cy="{y(each["value"])}" r="3"/>'
        yield f'<text class="value" x="{x(each)}" y="{y(each["value"]) - 7}">{each["value"]:.3g}</text>'
        yield f'<text class="value" x="{x(each)}" y="{base + 17}">{each["at"]:,}</text>'


if __name__ == "__main__":
    write_text(Path(sys.argv[1]), draw([json.loads(Path(each).read_bytes()) for each in sys.argv[2:]]))
