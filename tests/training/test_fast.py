"""Every fast path has the gradients of the plain eager step."""

import shutil
from dataclasses import replace

import pytest
import torch

from rpgan.losses import R3GAN, WGANGP
from rpgan.models import STFTGAN, WaveGAN
from rpgan.representations import STFT, Pad, Scale
from rpgan.training.data import Data
from rpgan.training.fast import Fast
from rpgan.training.ranks import ALONE
from rpgan.training.settings import SGD, Training
from rpgan.training.settings import Fast as Settings
from rpgan.training.state import State
from rpgan.training.step import (
    descend,
    discriminator_gradients,
    generator_gradients,
    gradients_of_sum,
    laid_out_as,
    train_step,
)

CPU = torch.device("cpu")
CUDA = torch.device("cuda")
no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
no_compiler = pytest.mark.skipif(not shutil.which("g++"), reason="no C++ compiler")

# Relative errors of the gradient, in its norm. Float32: sums in another order. Bfloat16: 8 bits.
EXACT, ROUNDED = 3e-6, 0.1


@pytest.fixture(params=["wavegan", "stftgan"])
def either(request, run):
    if request.param == "wavegan":
        return replace(run, model=WaveGAN(channels=8, levels=2))
    steps = (Pad(), STFT(nperseg=8, hop=4), Scale())
    return replace(run, data=replace(run.data, steps=steps), model=STFTGAN(channels=8, levels=2))


def gradients(run, device=CPU, **fast):
    """Gradients of both losses at the first weights, as one vector each."""
    run = replace(run, training=replace(run.training, fast=Settings(**fast)))
    state = State(run, device)
    torch.manual_seed(0)
    real = torch.randn(16, *run.data.shape()).to(device) / 3
    z = run.model.latents(16, CPU).to(device)
    found = []
    for gradients_of in (discriminator_gradients, generator_gradients):
        torch.manual_seed(1)
        with state.fast.precision():
            f = state.fast.function(gradients_of)
            _, parts = f(state.G, state.D, run.loss, state.fast.lay_out(real), z)
        found.append(torch.cat([g.reshape(-1).cpu() for g in parts if g is not None]))
        assert all(g.dtype == torch.float32 for g in parts if g is not None)
    return found


def apart(run, device=CPU, **fast):
    pairs = zip(gradients(run, device), gradients(run, device, **fast), strict=True)
    return max(float((a - b).norm() / a.norm()) for a, b in pairs)


@pytest.mark.parametrize("loss", [WGANGP(), R3GAN()])
@pytest.mark.parametrize("fast", [{"polyphase": True}, {"channels_last": True}])
def test_other_layouts(either, loss, fast):
    assert apart(replace(either, loss=loss), **fast) < EXACT


@pytest.mark.parametrize("loss", [WGANGP(), R3GAN()])
def test_bfloat16(either, loss):
    found = apart(replace(either, loss=loss), precision="bfloat16")
    assert 1e-4 < found < ROUNDED


def test_every_update_sees_the_weights_of_the_last(run, monkeypatch):
    """Autocast keeps rounded copies of weights for as long as it is entered."""
    from rpgan.training import step

    fast = Settings(precision="bfloat16")
    low = replace(run, training=replace(run.training, fast=fast, discriminator_updates=3))
    rng = torch.Generator().manual_seed(0)
    data = Data(torch.randn(64, *run.data.shape(), generator=rng) / 3)
    once = train_step(State(low, CPU), data, low)
    whole = step.discriminator_gradients

    def forgetful(*args):
        torch.clear_autocast_cache()
        return whole(*args)

    monkeypatch.setattr(step, "discriminator_gradients", forgetful)
    assert train_step(State(low, CPU), data, low) == once


@no_compiler
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*torch.jit.script_method:DeprecationWarning")
def test_compiled(either):
    assert apart(either, compile=True) < EXACT


@no_gpu
@pytest.mark.parametrize(
    "fast",
    [
        {"polyphase": True},
        {"channels_last": True},
        {"compile": True},
        {"polyphase": True, "channels_last": True, "compile": True},
    ],
)
def test_on_a_gpu(either, fast):
    assert apart(either, CUDA, **fast) < 1e-4


@no_gpu
@pytest.mark.parametrize(("precision", "most"), [("tf32", 0.02), ("bfloat16", ROUNDED)])
def test_rounded_on_a_gpu(either, precision, most):
    assert apart(either, CUDA, precision=precision) < most


@no_gpu
@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("loss", [WGANGP(), R3GAN()])
def test_a_graph_takes_the_same_steps(either, loss, compile):
    torch.manual_seed(0)
    data = Data(torch.randn(64, *either.data.shape(), device=CUDA) / 3)
    training = replace(either.training, discriminator_updates=2, penalty_every=2, ramp_up=6)
    ends = []
    for graph in (False, True):
        fast = Settings(cuda_graph=graph, compile=graph and compile)
        run = replace(either, loss=loss, training=replace(training, fast=fast))
        state = State(run, CUDA)
        for _ in range(8):
            train_step(state, data, run)
        ends.append(torch.cat([p.detach().ravel() for p in state.G.parameters()]))
    start = torch.cat([p.detach().ravel() for p in State(either, CUDA).G.parameters()])
    assert (ends[0] - ends[1]).norm() < 1e-2 * (ends[0] - start).norm()


def polyphase(network):
    return [getattr(module, "polyphase", False) for module in network.modules()]


def test_polyphase_and_layout_reach_the_layers(run):
    fast = Settings(polyphase=True, channels_last=True)
    state = State(replace(run, training=replace(run.training, fast=fast)), CPU)
    networks = (state.G, state.D, state.G_average)
    assert [sum(polyphase(network)) for network in networks] == [2, 2, 2]
    plain = State(run, CPU)
    assert [sum(polyphase(network)) for network in (plain.G, plain.D)] == [0, 0]
    plain.G.load_state_dict(state.G.state_dict())  # what weights are called is the same


def test_what_a_machine_lacks_is_one_line(run, capsys):
    wanted = Settings(precision="tf32", cuda_graph=True)
    fast = Fast(replace(run.training, fast=wanted), CPU)
    assert not fast.tf32
    assert not fast.cuda_graph
    assert capsys.readouterr().err.splitlines() == [
        "fast.tf32 is not used: only GPUs have it",
        "fast.cuda_graph is not used: it is for one process on a GPU",
    ]


def test_without_a_compiler(run, capsys, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    fast = Fast(replace(run.training, fast=Settings(compile=True)), CPU)
    assert fast.function(abs) is abs
    assert "no C++ compiler" in capsys.readouterr().err


@pytest.mark.parametrize("emulated", [True, False])
def test_bfloat16_that_a_gpu_would_only_emulate(emulated, run, capsys, monkeypatch):
    def supported(including_emulation=True):
        return including_emulation or not emulated

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", supported)
    fast = Fast(replace(run.training, fast=Settings(precision="bfloat16")), CUDA)
    assert fast.bfloat16 != emulated
    said = "fast.bfloat16 is not used: this GPU has none\n"
    assert capsys.readouterr().err == (said if emulated else "")


def test_outputs_stay_in_float32(either):
    """Rounding at the output would put a floor under the spectrum."""
    state = State(
        replace(either, training=replace(either.training, fast=Settings(precision="bfloat16"))), CPU
    )
    with state.fast.precision():
        fake = state.G(either.model.latents(4, CPU))
        score = state.D(fake)
    assert fake.dtype == score.dtype == torch.float32
    assert (fake != fake.bfloat16().float()).float().mean() > 0.9


def test_fused_optimizers_get_gradients_in_the_layout_of_their_weights():
    """Gradients of torch.autograd.grad may be transposed views, which the kernels do not notice."""
    layer = torch.nn.Linear(3, 2, bias=False)
    before = layer.weight.detach().clone()
    x = torch.arange(12.0).reshape(4, 3)
    found = gradients_of_sum({"all": (layer(x) * torch.tensor([1.0, 2.0])).sum()}, layer)
    assert found[0] is not None
    transposed = (found[0].t().contiguous().t(),)
    plain = SGD(learning_rate=0.5)
    once = Training(steps=1, batch_size=1)
    descend(layer, plain.build(layer, False), transposed, once, ALONE)
    expected = torch.tensor([1.0, 2.0])[:, None] * x.sum(0)
    assert torch.equal(layer.weight.detach(), before - 0.5 * expected)
    assert laid_out_as(layer.weight, transposed[0]).stride() == layer.weight.stride()
