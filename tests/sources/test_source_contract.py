"""What holds for every source."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

import rpgan.sources
from rpgan.errors import UserError
from rpgan.settings import build
from rpgan.sources import Source
from rpgan.spec import plain

NEEDED = {
    "image_folder": {"size": 8},
    "labelled_images": {"size": 8, "classes": 3},
    "multiresolution_hdf5": {"resolution": 8},
    "table": {"columns": ["x"]},
}
WITH_LENGTH = {"wav_folder", "noisegan_hdf5", "table"}


@pytest.fixture(params=get_args(Source), ids=lambda kind: kind.__name__)
def kind(request):
    return request.param


def made(kind, path="x"):
    settings = {"path": path, **NEEDED.get(kind.name, {})}
    return build(kind, settings)


def test_the_name_is_last_and_is_the_file(kind):
    field = fields(kind)[-1]
    assert field.name == "name"
    assert kind.__module__ == f"rpgan.sources.{kind.name}"
    assert getattr(rpgan.sources, kind.__name__) is kind


def test_settings_survive_json(kind):
    assert build(kind, plain(made(kind))) == made(kind)
    with pytest.raises(UserError, match="unknown setting"):
        build(kind, plain(made(kind)) | {"lenght": 3})


def test_the_shape_needs_no_file(kind):
    source = made(kind)
    length = 16 if kind.name in WITH_LENGTH else None
    shape = source.shape(length)
    assert 1 <= len(shape) <= 3
    assert all(isinstance(size, int) and size > 0 for size in shape)
    for wrong in (None, 0, -1) if length else (16,):
        with pytest.raises(ValueError, match="length"):
            source.shape(wrong)


def test_what_is_missing_is_named_in_one_line(kind, tmp_path):
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UserError, match=str(tmp_path)) as error:
            made(kind, str(path)).files()
        assert "\n" not in str(error.value)


def test_importing_is_light():
    """Optional libraries are loaded where they are used."""
    heavy = ["soundfile", "soxr", "h5py", "PIL", "pandas", "pyarrow", "scipy", "torch"]
    code = f"import rpgan.sources, sys; print(*set({heavy}) & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_nothing_is_unpickled_or_evaluated():
    for path in Path(rpgan.sources.__file__).parent.glob("*.py"):
        text = path.read_text()
        assert not any(word in text for word in ("pickle", "eval(", "exec("))
