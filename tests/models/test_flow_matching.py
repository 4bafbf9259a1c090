"""Flow matching: fields that are known in closed form, the U-Net, and what it learns."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from rpgan.draw import Draw
from rpgan.encoding import Encoding
from rpgan.models import FlowMatching
from rpgan.models.flow_matching import carried, like, sampling_times, white
from rpgan.processes import FGN
from rpgan.representations import Scale, chain
from rpgan.stages.sample import tensors
from rpgan.training.data import Data
from rpgan.training.flow_matching import FlowState, flow_gradients, flow_step, missed
from rpgan.training.loop import train
from rpgan.training.run import Run
from rpgan.training.settings import Adam, Training

CPU = torch.device("cpu")
SMALL = FlowMatching(widths=(8, 16), blocks=1, sampling_steps=5)


def run_of(model=SMALL, steps=10, hurst=0.8, length=32, rate=2e-3, **settings):
    draw = Draw(dataset="d", part="train", process=FGN(hurst=hurst), length=length, n=1000, seed=1)
    return Run(
        data=Encoding(draw=draw, steps=(Scale(kind="global_standard"),)),
        label="toy",
        replicate=0,
        seed=3,
        model=model,
        training=Training(
            steps=steps,
            batch_size=32,
            generator=Adam(learning_rate=rate, betas=(0.9, 0.999)),
            **settings,
        ),
    )


def encoded(run):
    real = run.data.draw.series()
    return chain.encode(run.data.steps, chain.fit(run.data.steps, real), real)


def coefficient(t, sigma):
    """The field of N(0, sigma^2) data is this many times x: E[y - z | x], all being Gaussian."""
    return (sigma**2 * t - (1 - t)) / ((1 - t) ** 2 + sigma**2 * t**2)


def gaussian(sigma):
    return lambda x, t: like(coefficient(t, sigma), x) * x


@pytest.mark.parametrize("sigma", [0.3, 0.7, 2.0])
def test_the_method_is_of_third_order(sigma):
    """Noise becomes data, sigma times z; twice the steps miss it by an eighth."""
    z = torch.randn(5, 2, 3, dtype=torch.float64)
    errors = [
        (carried(gaussian(sigma), z, sampling_times(steps)) - sigma * z).norm()
        for steps in (40, 80, 160)
    ]
    assert errors[-1] < 1e-5 * (sigma * z).norm()
    assert [a / b for a, b in pairwise(errors)] == pytest.approx([8, 8], rel=0.1)


def test_the_method_by_hand():
    """dx/dt = a + b t + c t^2 is integrated exactly, from the beginning and the thirds of a step."""
    asked = []

    def field(x, t):
        asked.append(t.tolist())
        return torch.stack([2 + 6 * t + 3 * t**2, 1 - t], 1)

    x = torch.tensor([[1.0, 0.0], [5.0, 2.0]])
    assert_close(carried(field, x, [0.0, 0.75, 1.0]), x + torch.tensor([6.0, 0.5]))
    assert_close(asked, [[t, t] for t in (0.0, 0.25, 0.5, 0.75, 0.75 + 1 / 12, 0.75 + 1 / 6)])


def test_times_run_from_0_to_1_and_are_closer_at_the_ends():
    for steps in (1, 2, 5, 16):
        found = sampling_times(steps)
        assert found[0] == 0
        assert found[-1] == pytest.approx(1)
        assert_close(found, [1 - t for t in reversed(found)])
    gaps = [b - a for a, b in pairwise(sampling_times(16))]
    assert gaps[:8] == sorted(gaps[:8])
    assert gaps[0] < 0.6 / 16, "little more than half of an even one"


def test_five_steps_are_as_good_as_sixteen_of_the_second_order():
    """For bands of any power, from a thousandth to a thousand times the noise's, by the worst."""

    def worst(solve):
        powers = torch.logspace(-3, 3, 61, dtype=torch.float64).sqrt()
        one = torch.ones(1, dtype=torch.float64)
        return max(abs(solve(gaussian(s.item()), one).item() / s.item() - 1) for s in powers)

    def trapezoid(field, x):
        for k in range(16):
            now, then = torch.tensor([k / 16]), torch.tensor([(k + 1) / 16])
            first = field(x, now)
            x = x + (first + field(x + first / 16, then)) / 32
        return x

    assert worst(lambda field, x: carried(field, x, sampling_times(5))) < worst(trapezoid)


def test_on_a_cpu_a_batch_is_carried_in_parts():
    """Of as many series as a core's cache holds, and to the same series."""
    torch.manual_seed(0)
    model = FlowMatching(widths=(16, 8), blocks=1, kernel_size=5, sampling_steps=2)
    G = randomised(model.generator((1, 256)))
    sizes = []
    G.field.register_forward_pre_hook(lambda _, given: sizes.append(len(given[0])))
    z = model.latents(70, CPU, (1, 256))
    made = G(z)
    assert sizes == [64] * 6 + [6] * 6
    assert_close(made, carried(G.field, z, sampling_times(2)))
    assert FlowMatching().generator((1, 4096)).at_once == 1


def test_the_field_of_white_noise_is_the_conditional_mean():
    """Its error is uncorrelated with x, at every time; five standard errors of 200,000 pairs."""
    torch.manual_seed(0)
    z, y = torch.randn(2, 200_000, dtype=torch.float64)
    for now in (0.0, 0.1, 0.35, 0.5, 0.9, 1.0):
        t = torch.full_like(z, now)
        x = (1 - t) * z + t * y
        products = (white(x, t) - (y - z)) * x
        assert abs(products.mean()) < 5 * products.std() / len(z) ** 0.5
        assert_close(white(x, t), coefficient(now, 1.0) * x)


def test_before_training_noise_stays_as_it_is():
    """Up to the error of the method, the same for every sample."""
    torch.manual_seed(0)
    for shape in ((1, 16), (2, 8, 4)):
        z = SMALL.latents(3, CPU, shape)
        assert z.shape == (3, *shape)
        one = torch.ones(1, dtype=torch.float64)
        factor = carried(gaussian(1.0), one, sampling_times(SMALL.sampling_steps)).item()
        assert abs(factor - 1) < 2e-3
        assert_close(SMALL.generator(shape)(z), factor * z, atol=1e-5, rtol=0)


class Spy(torch.nn.Module):
    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, x, t):
        self.x, self.t = x, t
        return self.answer


def test_the_loss_by_its_formula():
    torch.manual_seed(0)
    z, y, answer = torch.randn(3, 4, 2, 6, dtype=torch.float64)
    t = torch.tensor([0.0, 0.2, 0.7, 1.0], dtype=torch.float64)
    spy = Spy(answer.float())
    loss = missed(spy, y, z, t)
    assert_close(spy.x, torch.stack([(1 - s) * a + s * b for s, a, b in zip(t, z, y, strict=True)]))
    assert_close(spy.t, t)
    assert loss.item() == pytest.approx(((answer.float() - (y - z)) ** 2).mean().item())


def test_times_have_a_normal_logit():
    """Mean and deviation to five standard errors of 40,000."""
    torch.manual_seed(0)
    logit = FlowMatching(time_mean=-0.5, time_deviation=1.5).times(40_000, CPU).double().logit()
    assert logit.mean().item() == pytest.approx(-0.5, abs=5 * 1.5 / 200)
    assert logit.std().item() == pytest.approx(1.5, abs=5 * 1.5 / 283)
    within = ((logit + 0.5).abs() < 1.5).double().mean().item()
    assert within == pytest.approx(0.6827, abs=5 * 0.0024)


def randomised(G):
    """With its last layers as if it had been trained."""
    for p in (*G.field.leave.parameters(), *G.field.loudness.parameters()):
        torch.nn.init.normal_(p, std=0.1)
    return G


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (FlowMatching(widths=(8, 12, 16), blocks=2), (1, 20)),
        (FlowMatching(widths=(6,), blocks=1, kernel_size=5), (3, 7)),
        (FlowMatching(widths=(8, 8), blocks=1), (2, 6, 4)),
    ],
)
def test_gradients_reach_everything(model, shape):
    torch.manual_seed(0)
    G = randomised(model.generator(shape))
    y, z = torch.randn(2, 5, *shape)
    terms, gradients = flow_gradients(G, y, z, model.times(5, CPU))
    assert list(terms) == ["G/flow"]
    for (name, _), gradient in zip(G.named_parameters(), gradients, strict=True):
        assert gradient is not None, name
        assert gradient.abs().sum() > 0, name


def test_the_field_of_each_item_is_its_own():
    """No item, nor its time, says anything to another; every sample hears of every other."""
    torch.manual_seed(0)
    field = randomised(FlowMatching(widths=(8, 8, 8), blocks=1).generator((1, 24))).field
    x, t = torch.randn(3, 1, 24), torch.tensor([0.1, 0.5, 0.9])
    before = field(x, t)
    other, later = x.clone(), t.clone()
    other[1, 0, 20] += 1
    later[2] = 0.3
    changed = (field(other, later) - before).abs() > 1e-7
    assert not changed[0].any()
    assert changed[1:].all()


def test_it_learns_the_field_of_louder_noise(tmp_path):
    """For data N(0, 4) it is known; the network ends within 0.3 of what it missed at first."""
    run = run_of(steps=80, hurst=0.5, length=16, rate=4e-3, ema_half_life=10)
    data = Data.on(CPU, 2 * encoded(run))
    G: Any = train(run, data, tmp_path / "u.pt", 1e9)[0].sampler
    torch.manual_seed(1)
    z, y = torch.randn(2, 1000, 1, 16)
    t = SMALL.times(1000, CPU)
    x = torch.lerp(z, 2 * y, like(t, z))
    wanted = gaussian(2.0)(x, t)
    with torch.no_grad():
        found = G.field(x, t)
    assert (found - wanted).norm() < 0.3 * (white(x, t) - wanted).norm()
    assert tensors(run, G, 500, CPU).std() == pytest.approx(2, rel=0.05)


def log_spectrum(x):
    return np.log((np.abs(np.fft.rfft(x)) ** 2).mean(axis=(0, 1))[1:-1])


def test_it_learns_a_spectrum(tmp_path):
    """That of persistent noise, to a third of the distance at which it begins: that of white."""
    run = run_of(steps=100, rate=4e-3, ema_half_life=10)
    data = encoded(run)

    def distance(G):
        return np.std(log_spectrum(tensors(run, G, 1000, CPU)) - log_spectrum(data))

    before = distance(FlowState(run, CPU).G)
    after = distance(train(run, Data.on(CPU, data), tmp_path / "u.pt", 1e9)[0].sampler)
    assert after < before / 3


def test_what_samples_is_the_average():
    run = run_of(ema_half_life=4, ema_ramp_up=100)
    state, data = FlowState(run, CPU), Data.on(CPU, encoded(run))
    flow_step(state, data, run)
    flow_step(state, data, run)
    old, new = (next(n.parameters()) for n in (state.sampler, state.G))
    assert (old != new).any()
    assert state.sampler is not state.G


def test_what_is_refused():
    with pytest.raises(
        ValueError,
        match=r"4 widths makes multiples of 8 samples, got 65; pad them, make them 64 or 72",
    ):
        FlowMatching().check((2, 65, 65))
    with pytest.raises(ValueError, match="got 4; pad them, make them 8, or leave out widths"):
        FlowMatching().check((1, 4))
    with pytest.raises(ValueError, match=r"needs series of shape \(channels, length\) or images"):
        FlowMatching().check((1, 8, 8, 8))
    with pytest.raises(ValueError, match="kernel_size must be odd, got 4"):
        FlowMatching(kernel_size=4)
    with pytest.raises(ValueError, match="numbers of at least 1, got"):
        FlowMatching(widths=())
    with pytest.raises(ValueError, match="time_deviation must be positive, got 0"):
        FlowMatching(time_deviation=0)
