"""The leaderboard as one page, without scripts, for light and dark screens."""

from dataclasses import dataclass
from html import escape

import numpy as np

from rpgan import words
from rpgan.stages.standings import (
    MEANING,
    PLACES,
    Board,
    Contest,
    Interval,
    Standing,
    models,
    places,
)

WIDTH, HEIGHT = 215, 22  # of a bar, in pixels


@dataclass(frozen=True)
class Axis:
    """Multiples of the floor from `low` to `high`, on a logarithmic scale."""

    low: float
    high: float

    def at(self, ratio: float) -> float:
        """Pixels from the left; an end of the axis stands for all that lies beyond."""
        share = np.log(ratio / self.low) / np.log(self.high / self.low)
        return round(WIDTH * float(np.clip(share, 0, 1)), 1)

    def decades(self) -> list[float]:
        """From the floor up."""
        return [10.0**k for k in range(int(np.log10(self.high)) + 1)]


def page(found: list[Board]) -> str:
    """The whole page."""
    axis = axis_of(found)
    key = "".join(f"<li>{mark(p)} <b>{p}</b>: {why}</li>" for p, (_, why) in places(found).items())
    start = [HEAD, common(axis), f"<h1>Leaderboard</h1>\n<p>{MEANING}</p>\n<ul>{key}</ul>"]
    return "\n".join([*start, glance(found), *(section(board, axis) for board in found), ""])


def axis_of(found: list[Board]) -> Axis:
    """One for all bars, on which all points lie."""
    standings = [own for board in found for contest in board.contests for own in contest.standings]
    ratios = [own.ratio for own in standings if own.scored]
    return Axis(0.7 * min([0.5, *ratios]), 1.5 * max([15.0, *ratios]))


def common(axis: Axis) -> str:
    """What all bars show: a line for each decade."""
    lines = "".join(f'<path d="M{axis.at(decade)} 0v{HEIGHT}"/>' for decade in axis.decades())
    return f'<svg class="decades" width="0" height="0"><g id="decades">{lines}</g></svg>'


def glance(found: list[Board]) -> str:
    """The places of each model in each family, one mark for each metric."""
    rows = [cells(["", *(escape(words.model(model)) for model in models(found))], "th")]
    for board in found:
        marks = [
            "".join(mark(place, f"{metric}: {place}") for metric, place in own.items())
            for own in map(board.places, models(found))
        ]
        rows.append(cells([f'<a href="#{board.datasets[0]}">{escape(board.family)}</a>', *marks]))
    return f'<table class="glance">{"".join(rows)}</table>'


def section(board: Board, axis: Axis) -> str:
    """One family: its data sets, and a table with a group of rows for each metric."""
    compared = ["against the nearest", "effect"]
    titles = ["", "model", "× floor", scale(axis), "95 %", "at floor", *compared]
    groups = "\n".join(group(contest, axis) for contest in board.contests)
    return (
        f'<h2 id="{board.datasets[0]}">{escape(board.family)}</h2>\n<p>{board.members}</p>\n'
        f"<table><thead>{cells(titles, 'th')}</thead>\n{groups}\n</table>"
    )


def scale(axis: Axis) -> str:
    """The decades as numbers above the bars."""
    texts = "".join(
        f'<text x="{axis.at(decade)}" y="14">{words.number(decade, 1)}</text>'
        for decade in axis.decades()
    )
    return f'<svg width="{WIDTH}" height="{HEIGHT}">{texts}</svg>'


def group(contest: Contest, axis: Axis) -> str:
    """All models in one metric, the nearest first."""
    title = f"{escape(words.capital(contest.name))}<br><code>{contest.metric}</code>"
    first, *others = (cells(columns(own, contest, axis)) for own in contest.standings)
    span = len(contest.standings)
    first = first.replace("<tr>", f'<tr><th rowspan="{span}">{title}</th>', 1)
    return f"<tbody>{''.join([first, *others])}</tbody>"


def columns(own: Standing, contest: Contest, axis: Axis) -> list[str]:
    """Those of one model."""
    return [
        f"{mark(own.place, own.place)} {escape(words.model(own.model))}",
        escape(words.number(own.ratio)),
        bar(own, contest.draws, axis),
        escape(words.between(*own.interval)),
        f"{own.inside} of {own.trainings}",
        escape(own.comparison),
        escape(own.effect_size),
    ]


def bar(own: Standing, draws: Interval, axis: Axis) -> str:
    """A point with its interval, over the range of fresh draws."""
    left, right = map(axis.at, draws)
    band = f'<rect x="{left}" width="{round(right - left, 1)}" height="{HEIGHT}"/>'
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}">{band}<use href="#decades"/>'
        f'<g class="{css(own.place)}">{point(own, axis) if own.scored else ""}</g></svg>'
    )


def point(own: Standing, axis: Axis) -> str:
    """The multiple of the floor, and its interval if it has one."""
    x, y = axis.at(own.ratio), HEIGHT // 2
    low, high = map(axis.at, own.interval) if np.isfinite(own.interval).all() else (x, x)
    return f'<path d="M{low} {y}H{high}"/><circle cx="{x}" cy="{y}" r="4"/>'


def cells(texts: list[str], tag: str = "td") -> str:
    """One row of a table."""
    return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"


def mark(place: str, title: str = "") -> str:
    """The mark of a place in its colour; a pointer over it shows `title`."""
    return f'<span class="{css(place)}" title="{escape(title)}">{PLACES[place][0]}</span>'


def css(place: str) -> str:
    return place.replace(" ", "-")


HEAD = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>rpgan: leaderboard</title>
<style>
:root { color-scheme: light dark; --text: #222; --faint: #707070; --line: #ddd; --band: #0001;
  --floor: #00795a; --near: #0072b2; --far: #8a8a8a }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e4e4; --faint: #a0a0a0; --line: #444; --band: #fff2;
    --floor: #2cc79b; --near: #56b4e9; --far: #9a9a9a }
}
body { font: 14px/1.45 system-ui, sans-serif; color: var(--text);
  max-width: 980px; margin: 1.5em auto; padding: 0 10px }
h1 { font-size: 1.7em; margin: 0 }
h2 { font-size: 1.2em; margin: 2em 0 0 }
h2 + p { color: var(--faint); margin: 0 0 .6em }
p, ul { max-width: 46em }
ul { list-style: none; padding: 0 }
a { color: inherit }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
h2 ~ table { table-layout: fixed; width: 980px }
th, td { box-sizing: border-box; padding: 0 10px 0 0; text-align: left; white-space: nowrap }
th { font-weight: 600; vertical-align: top; white-space: normal }
thead th { font-weight: normal; color: var(--faint); vertical-align: bottom; white-space: nowrap }
thead th:nth-child(1) { width: 145px }
thead th:nth-child(2) { width: 160px }
thead th:nth-child(3), thead th:nth-child(6) { width: 60px }
thead th:nth-child(4) { width: 225px }
thead th:nth-child(5) { width: 115px }
thead th:nth-child(8) { width: 50px }
tbody { border-top: 1px solid var(--line) }
tbody th { padding-top: 3px }
td:nth-last-child(7) { white-space: normal }
td:nth-last-child(6) { text-align: right; font-weight: 600 }
.glance th, .glance td { padding-right: 2em; text-align: left; font-weight: normal }
code { font-size: .8em; font-weight: normal; color: var(--faint) }
svg { display: block }
svg text { font-size: 11px; fill: var(--faint); text-anchor: middle }
svg rect { fill: var(--band) }
#decades path { stroke: var(--line); stroke-width: 1 }
#decades path:first-child { stroke: var(--text); stroke-dasharray: 3 2 }
g path { stroke: currentColor; stroke-width: 2 }
g circle { fill: currentColor }
.at-the-floor { color: var(--floor) }
.nearest, .level { color: var(--near) }
.behind, .no-score { color: var(--far) }
</style>"""
