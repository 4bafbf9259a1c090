"""What networks are told: numbers and classes as codes, and what a condition refuses."""

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from rpgan.errors import UserError
from rpgan.models import latents
from rpgan.models.conditions import Class, Flags, Number
from rpgan.processes.parameter_laws import Choice, Fixed, Uniform

HURST = Number(on="hurst", low=0.1, high=0.9, codes=3)
DIGIT = Class(on="label", values=(0, 1, 2, 7))
ILLS = Flags(on="label", flags=3)


def test_a_number_is_told_by_cosines():
    codes = HURST.encode(np.array([0.1, 0.5, 0.9]))
    assert codes.dtype == np.float32
    assert_allclose(codes, [[1, 1, 1], [0, -1, 0], [-1, 1, -1]], atol=1e-6)
    t = np.arange(4001) / 4000  # their mean squares over the range make the energy
    energy = np.square(HURST.encode(0.1 + 0.8 * t)).sum(1)
    assert energy.mean() == pytest.approx(HURST.energy, rel=1e-3)


def test_numbers_come_back():
    values = np.linspace(0.1, 0.9, 41)
    assert_allclose(HURST.decode(HURST.encode(values)), values, atol=5e-4)
    # A network's own codes may lie beyond the cosines' range.
    assert_allclose(HURST.decode(np.array([[1.2, 0, 0], [-3, 0, 0]])), [0.1, 0.9])


def test_a_class_is_told_by_its_place():
    codes = DIGIT.encode(np.array([7, 0, 1]))
    assert codes.tolist() == [[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0]]
    assert DIGIT.decode(codes + [[0, 0.9, 0, 0]] * 3).tolist() == [7, 0, 1]
    assert DIGIT.decode(codes).dtype == np.int64
    assert (codes**2).sum(1).mean() == DIGIT.energy


def test_flags_are_told_each_by_itself():
    codes = ILLS.encode(np.array([0.0, 5.0, 6.0, 7.0]))
    assert codes.dtype == np.float32
    assert codes.tolist() == [[0, 0, 0], [1, 0, 1], [0, 1, 1], [1, 1, 1]]
    every = ILLS.encode(np.arange(8))
    assert (every**2).sum(1).mean() == ILLS.energy
    assert len({*map(tuple, every)}) == 8
    assert ILLS.decode(every + 0.4 * np.array([1, -1, 1])).tolist() == list(range(8))
    most = Flags(on="label", flags=24)
    assert most.decode(most.encode(np.array([2**24 - 1, 2**23]))).tolist() == [2**24 - 1, 2**23]


def test_wrong_labels_are_never_right_and_all_as_likely():
    torch.manual_seed(0)
    codes = torch.from_numpy(DIGIT.encode(np.full(6000, 1)))
    wrong = DIGIT.wrong(codes)
    assert (wrong.sum(1) == 1).all()
    # 2000 of each but the right one, give or take sqrt(6000 2/9) = 37.
    assert_allclose(wrong.sum(0), [2000, 0, 2000, 2000], atol=5 * 37)
    two = Class(on="label", values=(3, 4))
    assert (two.wrong(torch.eye(2)) == torch.eye(2).flip(0)).all()


def test_errors_of_an_estimate():
    logits, codes = torch.tensor([[2.0, 0, 0, 0], [0, 0, 0, 1]]), torch.eye(4)[[0, 1]]
    p = torch.softmax(logits, 1)
    wanted = -(p[0, 0].log() + p[1, 1].log()) / 2
    assert DIGIT.error(logits, codes).item() == pytest.approx(wanted.item())
    assert HURST.error(torch.ones(2, 3), torch.zeros(2, 3)).item() == 1
    set_, p = (
        torch.tensor([[1.0, 0, 1], [0, 0, 1]]),
        torch.tensor([[0.5, 0.2, 0.9], [0.1, 0.6, 0.3]]),
    )
    wanted = -torch.where(set_ == 1, p, 1 - p).log().mean()
    assert ILLS.error(p.logit(), set_).item() == pytest.approx(wanted.item(), rel=1e-5)


@pytest.mark.parametrize(
    ("condition", "values", "message"),
    [
        (HURST, [0.2, 0.95], r"hurst must lie in \[0.1, 0.9\], .* got 0.95; ask for another"),
        (HURST, [np.nan], "got nan"),
        (DIGIT, [1, 3], "label must be one of 0, 1, 2, 7, .* got 3; ask for one of them"),
        (DIGIT, [0.5], "got 0.5"),
        (ILLS, [3, 8], "label must be a whole number from 0 to 7, the sum of 2.i .* got 8; ask"),
        (ILLS, [-1], "got -1"),
        (ILLS, [1.5], "got 1.5"),
        (ILLS, [np.nan], "got nan"),
    ],
)
def test_values_it_was_not_made_for(condition, values, message):
    with pytest.raises(UserError, match=message):
        condition.encode(np.array(values))


@pytest.mark.parametrize(
    ("condition", "law", "message"),
    [
        (HURST, Uniform(low=0.05, high=0.5), "hurst has values from 0.05 to 0.5, beyond"),
        (HURST, Choice(values=(0.2, 0.95)), "beyond the condition's range [0.1, 0.9]; widen it"),
        (DIGIT, Uniform(low=0, high=1), "no choice of classes; use a condition with name: number"),
        (DIGIT, Choice(values=(0, 3)), "can be 3, which the condition's values 0, 1, 2, 7 lack"),
        (DIGIT, Fixed(value=5), "can be 5, which"),
        (ILLS, Uniform(low=0, high=1), "label has the law uniform, which is no choice of flags"),
        (ILLS, Choice(values=(0, 9)), "whole number from 0 to 7, the sum of 2^i over the flags"),
        (ILLS, Fixed(value=8), "got 8; ask for another, or train on more flags"),
    ],
)
def test_laws_it_was_not_made_for(condition, law, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        condition.require_law(law)


def test_laws_it_was_made_for():
    for law in (Uniform(low=0.1, high=0.9), Choice(values=(0.2, 0.3)), Fixed(value=0.9)):
        HURST.require_law(law)
    for law in (Choice(values=(0, 7)), Fixed(value=2)):
        DIGIT.require_law(law)
        ILLS.require_law(law)


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (Number, {"low": 1, "high": 1}, "needs low < high, got 1 and 1"),
        (Number, {"low": 0, "high": 1, "codes": 0}, "codes must be at least 1, got 0"),
        (Number, {"low": 0, "high": 1, "weight": 0}, "weight must be positive"),
        (Flags, {"flags": 0}, "flags must be 1 to 24, got 0"),
        (Flags, {"flags": 25}, "flags must be 1 to 24, got 25"),
        (Flags, {"flags": 2, "weight": -1}, "weight must be positive"),
        (Class, {"values": (1,)}, "at least 2, all different, got"),
        (Class, {"values": (1, 1)}, "at least 2, all different, got"),
        (Class, {"values": (0, 1), "by": "signal", "wrong_labels": True}, "that is told the label"),
    ],
)
def test_settings_that_make_no_condition(make, settings, message):
    with pytest.raises(ValueError, match=message):
        make(on="x", **settings)


@pytest.mark.parametrize("latent", latents.VARIANCE)
def test_variances_of_latents(latent):
    torch.manual_seed(0)
    drawn = latents.draw(latent, (200_000,), torch.device("cpu"))
    assert drawn.square().mean().item() == pytest.approx(latents.VARIANCE[latent], rel=0.02)
