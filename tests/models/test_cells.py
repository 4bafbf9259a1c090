"""TensorFlow 1's recurrent layers against their definitions, written out number by number."""

from typing import Any

import pytest
import torch
from torch.testing import assert_close

from rpgan.models import cells

INPUTS, HIDDEN, STEPS = 3, 5, 7


def made(cell):
    """A layer whose vectors, too, are random, in double precision, and a series for it."""
    torch.manual_seed(0)
    layer: Any = cells.layer(cell, INPUTS, HIDDEN).double()
    for p in layer.parameters():
        if p.ndim < 2 or cell == "layer_norm_lstm":
            p.data += 0.3 * torch.randn_like(p)
    return layer, torch.randn(STEPS, INPUTS, dtype=torch.float64)


def test_gru():
    """u h + (1 - u) tanh(W [x, r h] + b): the reset gate acts before the matrix."""
    layer, x = made("gru")
    reset, update, candidate = zip(
        layer.weight_input.chunk(3), layer.weight_state.chunk(3), layer.bias.chunk(3), strict=True
    )
    h, wanted = torch.zeros(HIDDEN, dtype=torch.float64), []
    for step in x:
        r, u = (torch.sigmoid(w @ step + v @ h + b) for w, v, b in (reset, update))
        w, v, b = candidate
        h = u * h + (1 - u) * torch.tanh(w @ step + v @ (r * h) + b)
        wanted.append(h)
    found, last = layer(x[None])
    assert_close(found[0], torch.stack(wanted))
    assert_close(last[0], h)


def normalised(x, gain, shift):
    return gain * (x - x.mean()) / (x.var(correction=0) + 1e-5).sqrt() + shift


def test_layer_norm_lstm():
    """Gates in TensorFlow's order; the memory that is kept is the normalised one."""
    layer, x = made("layer_norm_lstm")
    h = c = torch.zeros(HIDDEN, dtype=torch.float64)
    wanted = []
    for step in x:
        total = layer.weight_input @ step + layer.weight_state @ h
        i, j, f, o = (
            normalised(part, layer.gain[k], layer.shift[k]) for k, part in enumerate(total.chunk(4))
        )
        c = c * torch.sigmoid(f + 1) + torch.sigmoid(i) * torch.tanh(j)
        c = normalised(c, layer.gain[4], layer.shift[4])
        h = torch.sigmoid(o) * torch.tanh(c)
        wanted.append(h)
    found, last = layer(x[None])
    assert_close(found[0], torch.stack(wanted))
    assert_close(last[0], h)


@pytest.mark.parametrize(("cell", "count"), [("gru", 3 * (8 * 5 + 5)), ("lstm", 4 * (8 * 5 + 5)), ("layer_norm_lstm", 4 * 8 * 5 + 10 * 5)])  # fmt: skip
def test_one_vector_of_biases_or_none(cell, count):
    assert sum(p.numel() for p in cells.layer(cell, INPUTS, HIDDEN).parameters()) == count


def test_first_weights():
    """TensorFlow's matrices have input and state below each other, and all gates, or a candidate."""
    torch.manual_seed(0)
    gru: Any = cells.layer("gru", 40, 60)
    assert gru.bias.tolist() == [1.0] * 120 + [0.0] * 60
    for weight in (gru.weight_input, gru.weight_state):
        assert (
            0.97 * (6 / (100 + 120)) ** 0.5 < weight[:120].abs().max() <= (6 / (100 + 120)) ** 0.5
        )
        assert 0.97 * (6 / (100 + 60)) ** 0.5 < weight[120:].abs().max() <= (6 / (100 + 60)) ** 0.5
    lstm: Any = cells.layer("layer_norm_lstm", 40, 60)
    bound = (6 / (100 + 240)) ** 0.5
    for weight in (lstm.weight_input, lstm.weight_state):
        assert 0.97 * bound < weight.abs().max() <= bound


@pytest.mark.parametrize("cell", ["gru", "lstm", "layer_norm_lstm"])
def test_gradients_of_zeros_are_no_larger(cell):
    """Items at the lower end of their range are rows of zeros, whose gates have no variance."""
    torch.manual_seed(0)
    layer = cells.layer(cell, INPUTS, HIDDEN)
    x = torch.zeros(2, STEPS, INPUTS, requires_grad=True)
    layer(x)[0].square().sum().backward()
    assert x.grad is not None
    assert x.grad.abs().max() < 1e4
