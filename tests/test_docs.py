"""The pages that list things list all of them."""

import dataclasses
from pathlib import Path
from typing import get_args

import pytest

from rpgan.metrics import Metric
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
