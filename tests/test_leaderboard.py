"""Who is nearest to the law, in numbers, as text and as a page."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from rpgan import words
from rpgan.stages import leaderboard
from rpgan.stages.leaderboard_page import WIDTH, Axis
from rpgan.stages.standings import boards

SHIFTS = (0.9, 1.0, 1.1)  # of three seeds


def grid(ratios):
    """Scores of models whose values are the given multiples of the floor, for 3 seeds."""
    rows = []
    for model, ratio in ratios.items():
        for dataset, hurst in (("fgn_h0.3", 0.3), ("fgn_h0.7", 0.7)):
            for replicate, shift in enumerate(SHIFTS):
                floor = 0.1 if hurst == 0.3 else 0.2
                rows.append(
                    {"dataset": dataset, "process": "fgn", "model": model, "replicate": replicate}
                    | {"parameters": json.dumps({"name": "fgn", "hurst": hurst})}
                    | {"metric": "psd_distance", "value": ratio * shift * floor, "floor": floor}
                    | {"floor_low": 0.85 * floor, "floor_high": 1.05 * floor}
                )
    return pd.DataFrame(rows)


def standings(scores):
    (board,) = boards(scores)
    (contest,) = board.contests
    return {own.model: own for own in contest.standings}


def test_models_are_ranked_by_what_they_are_times_the_floor():
    found = standings(grid({"poor": 8.0, "good": 2.0, "perfect": 1.0}))
    assert list(found) == ["perfect", "good", "poor"]
    # Three seeds at ln .9, 0, ln 1.1 about the ratio: t = 4.303 of two degrees of freedom.
    logs = np.log(SHIFTS)
    reach = 4.30265 * logs.std(ddof=1) / np.sqrt(3)
    assert found["good"].ratio == pytest.approx(2 * np.exp(logs.mean()))
    assert found["good"].interval == pytest.approx(
        (2 * np.exp(logs.mean() - reach), 2 * np.exp(logs.mean() + reach)), rel=1e-5
    )
    assert [own.inside for own in found.values()] == [4, 0, 0]
    assert {own.trainings for own in found.values()} == {6}


def test_comparisons_are_paired():
    """The same seeds and the same shifts leave no doubt, however much seeds differ."""
    found = standings(grid({"good": 2.0, "best": 1.5}))
    assert found["good"].against == pytest.approx(4 / 3)
    assert found["good"].against_interval == pytest.approx((4 / 3, 4 / 3))
    assert found["good"].comparison == "1.33 × (1.3 to 1.3)"
    assert found["good"].effect_size == "> 100", "apart by rounding alone"
    assert replace(found["good"], effect=-200.0).effect_size == "< -100"


def test_the_effect_is_in_deviations_of_a_pair():
    scores = grid({"good": 2.0, "best": 1.5})
    shifts = np.exp([0.0, 0.1, -0.2, 0.3, 0.0, -0.1])
    scores.loc[scores["model"] == "good", "value"] *= shifts
    found, logs = standings(scores), np.log(4 / 3 * shifts)
    assert found["good"].effect == pytest.approx(logs.mean() / logs.std(ddof=1))
    assert found["good"].effect_size == "1.8"
    assert found["best"].effect_size == "–"


def test_the_place_is_at_the_floor_nearest_in_doubt_or_behind():
    scores = grid({"at": 1.0, "near": 2.0, "behind": 4.0})
    scores.loc[scores["model"] == "at", "value"] = scores["floor"]  # in range with every seed
    noisy = grid({"level": 2.2})
    noisy["value"] *= np.tile([0.5, 1.0, 2.0], 2)
    near = standings(pd.concat([scores, noisy]).query("model != 'at'"))
    assert {name: own.place for name, own in near.items()} == {
        "near": "nearest",
        "level": "level",
        "behind": "behind",
    }
    assert standings(pd.concat([scores, noisy]))["at"].place == "at the floor"
    beyond = scores.query("model == 'at'").copy()
    beyond.loc[beyond.index[0], "value"] = 1.06 * beyond["floor"].iloc[0]
    assert standings(beyond)["at"].place == "nearest", "one training of six lies beyond the range"
    closer = standings(grid({"copy": 0.1}))["copy"]
    assert (closer.inside, closer.place) == (0, "nearest"), "nearer than any draw is another thing"


def test_a_training_without_a_score_counts_as_one_and_a_model_without_any_comes_last():
    scores = grid({"whole": 4.0, "broken": 2.0, "none": 1.0})
    scores.loc[scores["model"] == "none", "value"] = np.nan
    scores.loc[(scores["model"] == "broken") & (scores["replicate"] == 1), "value"] = np.nan
    found = standings(scores)
    assert list(found) == ["broken", "whole", "none"]
    assert (found["broken"].scored, found["broken"].trainings) == (4, 6)
    assert found["broken"].ratio == pytest.approx(2 * np.sqrt(0.9 * 1.1))
    assert found["whole"].against == pytest.approx(2)
    assert found["none"].place == found["none"].comparison == "no score"


def test_one_training_has_no_interval_and_leaves_all_in_doubt():
    found = standings(grid({"a": 2.0, "b": 8.0}).query("replicate == 0 and dataset == 'fgn_h0.3'"))
    assert not np.isfinite(found["a"].interval).any()
    assert found["b"].place == "level"
    assert found["b"].comparison == "4.00 × (–)"
    assert found["b"].effect_size == "–"


def test_the_range_of_draws_is_in_multiples_of_the_floor():
    (board,) = boards(grid({"m": 1.0}))
    assert board.contests[0].draws == pytest.approx((0.85, 1.05))


def test_families_are_named_as_in_the_figures_and_with_more_words_where_names_agree():
    scores = pd.concat([grid({"m": 1.0}).iloc[[i]] for i in (0, 0, 0)], ignore_index=True)
    pulses = ("gaussian", "linear_exponential", "gaussian")
    settings = [
        {"name": "shot_noise", "pulse": pulse, "amplitude": amplitude, "rate": 1}
        for pulse, amplitude in zip(pulses, ("exponential", "exponential", "pareto"), strict=True)
    ]
    scores = scores.assign(parameters=[json.dumps(own) for own in settings], process="shot_noise")
    assert [board.family for board in boards(scores)] == [
        "Shot noise, Gaussian pulses, exponential",
        "Shot noise, linear-exponential pulses",
        "Shot noise, Gaussian pulses, pareto",
    ]


def test_recordings_are_a_family_by_their_path_and_a_metric_is_named_once(tmp_path):
    source = {"name": "table", "path": "recordings/a<b>.csv", "separator": ",", "split": "time"}
    scores = grid({"good": 2.0, "poor": 8.0})
    scores = scores.assign(process="table", parameters=json.dumps(source))
    leaderboard.write(scores, tmp_path / "board.md")
    text, page = ((tmp_path / f"board.{kind}").read_text() for kind in ("md", "html"))
    assert "## Recorded series, recordings/a<b>.csv\n" in text
    assert '<h2 id="fgn_h0.3">Recorded series, recordings/a&lt;b&gt;.csv</h2>' in page
    assert text.count("psd_distance") == page.count("psd_distance</code>") == 1


class Page(HTMLParser):
    """What opens and closes, and the rows of the tables as text."""

    def __init__(self):
        super().__init__()
        self.open, self.rows = [], []

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in ("meta", "br", "html"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def test_text_and_page_say_the_same(tmp_path):
    scores = grid({"wavegan": 8.0, "stftgan": 2.0, "perfect": 1.0})
    leaderboard.write(scores, tmp_path / "board.md")
    page = Page()
    page.feed((tmp_path / "board.html").read_text())
    assert page.open == []
    lines = (tmp_path / "board.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "|" in line]
    rows = [row for row in rows if row[0] != "---"]
    glance, in_text = rows[:2], [row[1:] for row in rows[3:]]
    assert [[cell.replace(" ", "") for cell in row] for row in glance] == [
        [cell.replace(" ", "") for cell in row] for row in page.rows[:2]
    ]
    assert glance[0] == ["", "WaveGAN", "STFT-GAN", "perfect"], "in the order of the scores"
    in_page = [[*row[-7:-5], *row[-4:]] for row in page.rows[3:]]  # without metric and bar
    assert in_page == in_text
    assert [row[0] for row in in_page] == ["◐ perfect", "○ STFT-GAN", "○ WaveGAN"]


def test_bars_are_drawn_to_scale_and_stay_within_their_axis():
    axis = Axis(0.1, 1000.0)
    expected = [0, WIDTH / 4, WIDTH / 2, WIDTH]
    assert [axis.at(x) for x in (0.1, 1, 10, 1000)] == pytest.approx(expected, abs=0.05)
    assert [axis.at(x) for x in (1e-9, 1e9)] == [0, WIDTH]
    assert axis.decades() == [1, 10, 100, 1000]


def test_numbers_are_plain():
    written = {0.0123: "0.0123", 1.9: "1.90", 99.96: "100", 1234: "1\u202f230", 23.45: "23.4"}
    assert {value: words.number(value) for value in written} == written
    assert words.number(1e-4) == "< 0.01"
    assert words.number(1e9) == "> 100\u202f000"
    assert words.between(0.297, 7331.0) == "0.30 to 7\u202f300"
    assert words.between(12.3, 456.0) == "12 to 460"
    assert words.number(float("nan")) == words.between(np.nan, np.nan) == "–"


def test_no_board_of_nothing(tmp_path):
    leaderboard.write(grid({"m": 1.0}).assign(floor=0.0), tmp_path / "board.md")
    assert "1 is the floor" in (tmp_path / "board.md").read_text()
    assert "1 is the floor" in (tmp_path / "board.html").read_text()
