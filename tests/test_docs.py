"""The pages that list things list all of them."""

import contextlib
import dataclasses
from pathlib import Path
from typing import get_args

import pytest
import torch

from rpgan.exhibits import FIGURES, TABLES
from rpgan.metrics import Metric
from rpgan.models import Fitted, Model, conditional
from rpgan.params import load
from rpgan.processes import Process
from rpgan.sources import Source

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("process", get_args(Process), ids=lambda p: p.__name__)
def test_every_process_and_each_of_its_settings_is_in_the_table(process):
    *settings, name = dataclasses.fields(process)
    page = (ROOT / "docs/processes.md").read_text().splitlines()
    (row,) = [line for line in page if line.startswith(f"| `{name.default}` |")]
    assert all(f"`{setting.name}`" in row for setting in settings)


@pytest.mark.parametrize("source", get_args(Source), ids=lambda s: s.__name__)
def test_the_readme_names_every_source(source):
    name = dataclasses.fields(source)[-1].default
    assert f"`{name}`" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("metric", get_args(Metric), ids=lambda m: m.__name__)
def test_every_metric_says_what_it_cannot_see_and_so_does_the_table(metric):
    name = dataclasses.fields(metric)[-1].default
    page = (ROOT / "docs/metrics.md").read_text().splitlines()
    (row,) = [line for line in page if line.startswith(f"| `{name}` |")]
    assert metric.blind in row


@pytest.mark.parametrize("kind", [*FIGURES, *TABLES])
def test_every_kind_of_figure_and_table_says_what_it_shows_and_when_there_is_one(kind):
    page = (ROOT / "docs/figures.md").read_text().splitlines()
    (row,) = [line for line in page if line.startswith(f"| `{kind}` ")]
    exhibit = (FIGURES | TABLES)[kind]
    condition = f"with the metric `{exhibit.metric}`" if exhibit.metric else "always"
    assert f"| {exhibit.shows} | {'with a law' if exhibit.law else condition} |" in row


@pytest.mark.parametrize("model", get_args(Model), ids=lambda m: m.__name__)
def test_every_model_and_each_of_its_settings_is_in_the_table(model):
    settings = {field.name: field.default for field in dataclasses.fields(model)}
    page = (ROOT / "docs/models.md").read_text().partition("## Presets")[0].splitlines()
    name = settings.pop("name")
    (row,) = [line for line in page if line.startswith(f"| `{name}` |")]
    assert all(f"`{name}`" in row for name in settings)


MODELS = load(ROOT / "params.yaml").models


@pytest.mark.parametrize("entry", MODELS)
def test_every_preset_is_in_the_table_with_its_parameters(entry, monkeypatch):
    """Autocast has no meaning on the meta device, where nothing is computed."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: contextlib.nullcontext())
    presets = (ROOT / "docs/models.md").read_text().partition("## Presets")[2].splitlines()
    (row,) = [line for line in presets if line.startswith(f"| `{entry}` |")]
    items, *counts = (cell.strip() for cell in row.split("|")[2:5])
    recipe = MODELS[entry]
    model, condition = recipe.model, recipe.condition
    found = ["", ""]
    if not isinstance(model, Fitted):
        shape = tuple(int(size) for size in items.split("x"))
        model.check(shape)
        with torch.device("meta"):
            shape = conditional.shape_with(condition, shape)
            G = conditional.generator(model, condition, shape)
            found[0] = f"{sum(p.numel() for p in G.parameters()):,}"
            if hasattr(model, "discriminator"):
                D = conditional.discriminator(model, condition, shape)
                found[1] = f"{sum(p.numel() for p in D.parameters()):,}"
    assert counts == found
