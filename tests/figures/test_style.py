import os
import subprocess
import sys

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from rpgan.errors import UserError
from rpgan.figures import KINDS, style
from rpgan.figures.style import save
from rpgan.spec import as_json
from rpgan.stages.figures import draw

SUFFIXES = ("pdf", "svg", "png")

AGAIN = """
import json, sys
from pathlib import Path
from rpgan.figures import Family
from rpgan.stages.figures import draw
family, root, *targets = sys.argv[1:]
draw("combined", Family(**json.loads(family)), [Path(target) for target in targets], Path(root))
"""


@pytest.fixture
def family(of_size):
    return of_size(1)


@pytest.mark.parametrize("kind", KINDS)
def test_same_tables_same_bytes(kind, family, root, tmp_path):
    """Also where a user's settings differ."""
    targets = [[tmp_path / f"{i}.{suffix}" for suffix in SUFFIXES] for i in (0, 1)]
    draw(kind, family, targets[0], root)
    with mpl.rc_context({"font.size": 30, "svg.hashsalt": "x", "axes.facecolor": "red"}):
        draw(kind, family, targets[1], root)
    for one, other in zip(*targets, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.suffix


def test_same_bytes_in_another_process(family, root, tmp_path):
    here = [tmp_path / f"here.{suffix}" for suffix in SUFFIXES]
    there = [tmp_path / f"there.{suffix}" for suffix in SUFFIXES]
    draw("combined", family, here, root)
    again = [sys.executable, "-c", AGAIN, as_json(family), str(root), *map(str, there)]
    environment = os.environ | {"PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo"}
    subprocess.run(again, check=True, env=environment)
    for one, other in zip(here, there, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.suffix


def test_files_are_of_the_format_of_their_suffix(family, root, tmp_path):
    targets = [tmp_path / "new" / f"figure.{suffix}" for suffix in SUFFIXES]
    draw("training", family, targets, root)
    starts = [target.read_bytes()[:5] for target in targets]
    assert starts == [b"%PDF-", b"<?xml", b"\x89PNG\r"]
    assert sorted(path.name for path in targets[0].parent.iterdir()) == sorted(
        target.name for target in targets
    )


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"figure.jpg: figures are written as pdf, svg, png"):
        save(Figure(), tmp_path / "figure.jpg")


def test_a_failed_figure_leaves_the_old_file(tmp_path):
    target = tmp_path / "figure.png"
    target.write_bytes(b"old")
    figure = Figure()
    figure.text(0.5, 0.5, "$\\nonsense$")
    with pytest.raises(ValueError, match="nonsense"):
        save(figure, target)
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["figure.png"]


def test_unknown_kind_is_refused(family, root, tmp_path):
    with pytest.raises(
        UserError, match=r"no figure 'pie'; there are combined, battery, density_coverage"
    ):
        draw("pie", family, [tmp_path / "a.pdf"], root)


def test_text_stays_text_and_nothing_global_changes(family, root, tmp_path):
    before = dict(mpl.rcParams)
    draw("combined", family, [tmp_path / "a.pdf"], root)
    assert dict(mpl.rcParams) == before
    contents = (tmp_path / "a.pdf").read_bytes()
    assert b"/Type0" in contents or b"/TrueType" in contents
    assert b"/Type3" not in contents
    assert b"CreationDate" not in contents


def test_a_model_keeps_its_look():
    models = ["a", "b", "c"]
    looks = [style.look(models, model) for model in models]
    assert [look["color"] for look in looks] == list(style.COLOURS[:3])
    for name in ("color", "marker", "linestyle"):
        assert len({str(look[name]) for look in looks}) == 3
