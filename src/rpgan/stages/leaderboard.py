"""Which model is nearest to the law, by family of data sets and metric: as text and as a page."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from rpgan import words
from rpgan.files import write_text
from rpgan.stages.leaderboard_page import page
from rpgan.stages.standings import MEANING, PLACES, Board, Contest, boards, models, places

COLUMNS = ["", "model", "times the floor", "95 %", "at the floor", "against the nearest", "effect"]


def write(scores: pd.DataFrame, target: Path) -> None:
    """Write the leaderboard of `scores` as Markdown to `target` (.md) and as a page (.html)."""
    found = boards(scores)
    write_text(target, markdown(found))
    write_text(target.with_suffix(".html"), page(found))


def markdown(found: list[Board]) -> str:
    """The leaderboard as text."""
    marks = "\n".join(f"- {mark} {place}: {why}" for place, (mark, why) in places(found).items())
    parts = ["# Leaderboard", MEANING.strip(), marks, table(glance(found))]
    for board in found:
        rows = [row for contest in board.contests for row in rows_of(contest)]
        parts += [f"## {board.family}", board.members, table([COLUMNS, *rows])]
    return "\n\n".join(parts) + "\n"


def glance(found: list[Board]) -> list[list[str]]:
    """The places of each model in each family, one mark for each metric."""
    rows = [["", *map(words.model, models(found))]]
    for board in found:
        taken = (board.places(model).values() for model in models(found))
        marks = (" ".join(PLACES[place][0] for place in of_model) for of_model in taken)
        rows.append([board.family, *marks])
    return rows


def rows_of(contest: Contest) -> Iterator[list[str]]:
    """One for each model; the first begins with the metric."""
    name = f"{contest.name} (`{contest.metric}`)"
    for own in contest.standings:
        model = f"{PLACES[own.place][0]} {words.model(own.model)}"
        ratio, interval = words.number(own.ratio), words.between(*own.interval)
        inside = f"{own.inside} of {own.trainings}"
        yield [name, model, ratio, interval, inside, own.comparison, own.effect_size]
        name = ""


def table(rows: list[list[str]]) -> str:
    """Rows as Markdown, the first as the head."""
    head, *body = rows
    lines = [head, ["---"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
