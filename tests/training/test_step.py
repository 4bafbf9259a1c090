from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from rpgan import randomness
from rpgan.losses import R3GAN, WGAN, WGANGP, FeatureMatching, Hinge, NonSaturating
from rpgan.models import RGAN, WaveGAN
from rpgan.training.data import Data
from rpgan.training.ranks import ALONE
from rpgan.training.settings import SGD, Adam, RMSProp
from rpgan.training.state import State
from rpgan.training.step import descend, generator_gradients, scheduled, train_step, update_average

CPU = torch.device("cpu")


def weights(network):
    return torch.cat([p.detach().ravel().clone() for p in network.parameters()])


@pytest.fixture
def data(tensors):
    return Data.on(CPU, tensors)


def stepped(run, data, steps=1):
    state = State(run, CPU)
    terms = [train_step(state, data, run) for _ in range(steps)]
    return state, terms


def test_a_step_depends_on_the_run_alone(run, data):
    a, terms_a = stepped(run, data, 3)
    torch.rand(17)  # whatever happened to the global generator in between
    b, terms_b = stepped(run, data, 3)
    assert (weights(a.G) == weights(b.G)).all()
    assert (weights(a.D) == weights(b.D)).all()
    assert terms_a == terms_b


def test_every_replicate_seed_and_label_draws_its_own_numbers(run, data):
    others = [replace(run, replicate=1), replace(run, seed=4), replace(run, label="other")]
    results = [weights(stepped(r, data)[0].G) for r in [run, *others]]
    for i, a in enumerate(results):
        for b in results[:i]:
            assert (a != b).float().mean() > 0.5


def test_every_step_draws_its_own_numbers(run, data, monkeypatch):
    seen = []
    model_latents = type(run.model).latents

    def latents(self, n, device):
        seen.append(model_latents(self, n, device))
        return seen[-1]

    monkeypatch.setattr(type(run.model), "latents", latents)
    stepped(run, data, 2)
    assert len(seen) == 2 * (run.training.discriminator_updates + 1)
    first = torch.stack([z[0, :2] for z in seen])
    assert len(first.unique(dim=0)) == len(seen)


def test_the_generator_climbs_and_the_critic_separates(run, data):
    """Signs of both losses: alone, each network improves its own."""
    still = replace(run, training=replace(run.training, discriminator_updates=20))
    state, terms = stepped(still, data, 5)
    assert -terms[-1]["D/real"] - terms[-1]["D/fake"] > 0.05  # E D(x) - E D(G(z))

    torch.manual_seed(0)
    z = run.model.latents(256, CPU)
    before = state.D(state.G(z)).mean()
    for _ in range(10):
        _, gradients = generator_gradients(state.G, state.D, run.loss, data.items, z)
        descend(state.G, state.G_optimizer, gradients, run.training, ALONE)
    assert state.D(state.G(z)).mean() > before


def test_a_generator_step_leaves_the_critic_alone(run, data, monkeypatch):
    state = State(run, CPU)
    monkeypatch.setattr(state.D_optimizer, "step", lambda: None)
    before = weights(state.D)
    train_step(state, data, run)
    assert (weights(state.D) == before).all()
    assert all(p.requires_grad for p in state.D.parameters())


def test_average_halves_in_its_half_life():
    average, latest = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
    with torch.no_grad():
        average.weight.fill_(1.0)
        latest.weight.fill_(0.0)
    for _ in range(7):
        update_average(average, latest, half_life=7)
    assert_close(average.weight.item(), 0.5)
    update_average(average, latest, half_life=0)
    assert average.weight.item() == 0


def test_average_follows_the_generator(run, data):
    state, _ = stepped(run, data, 30)
    apart = (weights(state.G_average) - weights(state.G)).norm()
    moved = (weights(state.G) - weights(State(run, CPU).G)).norm()
    assert 0 < apart < moved


def test_without_half_life_the_average_is_the_generator(run, data):
    raw = replace(run, training=replace(run.training, ema_half_life=0))
    state, _ = stepped(raw, data, 2)
    assert (weights(state.G_average) == weights(state.G)).all()


def changed(run, **settings):
    return replace(run, training=replace(run.training, **settings))


def textbook(run, data, steps):
    """The published loop: three passes, three backward calls, PyTorch's plain Adam."""
    state, training = State(run, CPU), run.training
    G, D = state.G, state.D
    rate, betas = training.generator.learning_rate, training.generator.betas
    optimizers = [torch.optim.Adam(n.parameters(), rate, betas, foreach=False) for n in (G, D)]
    for step in range(steps):
        torch.manual_seed(randomness.integer(*run.key, "step", step))
        for _ in range(training.discriminator_updates):
            real, _ = data.draw(training.batch_size)
            fake = G(run.model.latents(training.batch_size, CPU)).detach()
            optimizers[1].zero_grad()
            (-D(real).mean()).backward()
            D(fake).mean().backward()
            t = torch.rand(len(real), 1, 1)
            x = (real + t * (fake - real)).requires_grad_()
            (grad,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
            penalty = ((grad.square().sum((1, 2)).sqrt() - 1) ** 2).mean()
            (run.loss.penalty_weight * penalty).backward()
            optimizers[1].step()
        data.draw(training.batch_size)
        optimizers[0].zero_grad()
        (-D(G(run.model.latents(training.batch_size, CPU))).mean()).backward()
        optimizers[0].step()
    return G, D


def test_a_step_is_the_published_one(run, data):
    """Without phase shuffle, which in the published loop draws its numbers in another order."""
    still = replace(run, model=replace(run.model, phase_shuffle=0))
    G, D = textbook(still, data, 5)
    state, _ = stepped(still, data, 5)
    assert_close(weights(state.G), weights(G), rtol=0, atol=2e-5)
    assert_close(weights(state.D), weights(D), rtol=0, atol=2e-5)
    moved = (weights(state.D) - weights(State(still, CPU).D)).abs().max()
    assert moved > 5e-3  # 10 updates of 1e-3 at most


def test_scores_are_those_of_the_first_half_and_the_second(run, data):
    _, terms = stepped(run, data, 1)
    assert terms[0]["score_real"] == -terms[0]["D/real"]
    assert terms[0]["score_fake"] == terms[0]["D/fake"]


@pytest.mark.parametrize("loss", [WGAN(), Hinge(), NonSaturating(), R3GAN(), FeatureMatching()])
def test_every_loss_trains(run, data, loss):
    state, terms = stepped(replace(run, loss=loss), data, 3)
    assert all(torch.isfinite(value) for value in terms[-1].values())
    start = State(run, CPU)
    for now, then in zip((state.G, state.D), (start.G, start.D), strict=True):
        for (name, a), b in zip(now.named_parameters(), then.parameters(), strict=True):
            relativistic = isinstance(loss, R3GAN) and name == "score.bias"  # of differences alone
            assert (a != b).any() or relativistic, name


def test_weights_are_clipped_after_the_update(run, data):
    state, _ = stepped(replace(run, loss=WGAN(limit=0.003)), data, 1)
    assert weights(state.D).abs().max() == torch.tensor(0.003)
    assert weights(state.G).abs().max() > 0.003


def test_gradient_norms_are_those_of_the_last_updates(run, data):
    """After one step of SGD from rest, (w - w_0) / rate is minus the gradient."""
    plain = SGD(learning_rate=1e-3)
    once = changed(run, discriminator=plain, generator=plain, discriminator_updates=1)
    state, terms = stepped(once, data, 1)
    start = State(run, CPU)
    for who, before, after in (("D", start.D, state.D), ("G", start.G, state.G)):
        norm = (weights(after) - weights(before)).norm() / 1e-3
        assert_close(terms[0][f"{who}_gradient_norm"], norm, rtol=1e-3, atol=0)


def test_gradients_are_clipped_to_the_given_length(run, data):
    plain = SGD(learning_rate=1e-3)
    short = changed(run, discriminator=plain, generator=plain, clip_gradients=0.01)
    state, terms = stepped(
        replace(short, training=replace(short.training, discriminator_updates=1)), data
    )
    start = State(run, CPU)
    for who, before, after in (("D", start.D, state.D), ("G", start.G, state.G)):
        assert terms[0][f"{who}_gradient_norm"] > 0.02
        assert_close(
            (weights(after) - weights(before)).norm(), torch.tensor(1e-5), rtol=0.02, atol=0
        )


def test_each_network_has_its_own_optimizer(run, data):
    other = changed(run, generator=SGD(learning_rate=1.0, momentum=0.5), discriminator=RMSProp())
    state = State(other, CPU)
    assert type(state.G_optimizer) is torch.optim.SGD
    assert state.G_optimizer.param_groups[0]["params"][0] is next(state.G.parameters())
    assert state.G_optimizer.param_groups[0]["momentum"] == 0.5
    assert type(state.D_optimizer) is torch.optim.RMSprop
    assert state.D_optimizer.param_groups[0]["params"][0] is next(state.D.parameters())
    assert state.D_optimizer.param_groups[0]["alpha"] == 0.99
    train_step(state, data, other)


def test_rates_rise_linearly(run, data):
    slow = changed(run, ramp_up=4, generator=Adam(learning_rate=4e-3))
    state = State(slow, CPU)
    seen = []
    for _ in range(6):
        train_step(state, data, slow)
        seen.append([o.param_groups[0]["lr"] for o in (state.G_optimizer, state.D_optimizer)])
    assert_close(seen, [[4e-3 * f, 1e-3 * f] for f in (0.25, 0.5, 0.75, 1, 1, 1)])


def order_of_updates(run, data, monkeypatch):
    from rpgan.training import step as module

    seen = []
    for name in ("discriminator_gradients", "generator_gradients"):
        whole = getattr(module, name)

        def watched(*args, whole=whole, name=name):
            seen.append(name[0].upper())
            return whole(*args)

        monkeypatch.setattr(module, name, watched)
    stepped(run, data, 2)
    return "".join(seen)


@pytest.mark.parametrize(
    ("settings", "order"),
    [
        ({"discriminator_updates": 2}, "DDGDDG"),
        ({"discriminator_updates": 1, "generator_updates": 2}, "DGGDGG"),
        ({"discriminator_updates": 2, "first": "generator"}, "GDDGDD"),
    ],
)
def test_the_order_of_updates(run, data, monkeypatch, settings, order):
    assert order_of_updates(changed(run, **settings), data, monkeypatch) == order


def test_the_penalty_is_due_at_every_third_update(run, data, monkeypatch):
    seen = []
    whole = WGANGP.discriminator

    def watched(self, D, real, fake):
        seen.append(self.penalty_weight)
        return whole(self, D, real, fake)

    monkeypatch.setattr(WGANGP, "discriminator", watched)
    lazy = changed(run, discriminator_updates=2, penalty_every=3)
    _, terms = stepped(lazy, data, 4)
    assert seen == [30, 0, 0, 30, 0, 0, 30, 0]
    assert terms[1].keys() == terms[2].keys()
    assert terms[3]["D/gradient_penalty"] == terms[3]["D/gradient_penalty"]
    assert scheduled(run.loss, 1, True) is run.loss


@pytest.mark.parametrize(("ramp_up", "half_life"), [(0.1, 0.1), (1e9, 5.0)])
def test_the_average_ramps_up(run, data, ramp_up, half_life):
    """At step n its half-life is at most ema_ramp_up n."""
    state, _ = stepped(changed(run, ema_half_life=5, ema_ramp_up=ramp_up), data, 1)
    start = weights(State(run, CPU).G)
    moved = weights(state.G) != start
    left = (weights(state.G_average) - weights(state.G)) / (start - weights(state.G))
    assert_close(left[moved].median(), torch.tensor(0.5 ** (1 / half_life)), rtol=0.01, atol=0)


def test_moments_of_batch_normalisation_go_with_the_average():
    average, latest = torch.nn.BatchNorm1d(3), torch.nn.BatchNorm1d(3)
    latest(torch.randn(10, 3))
    update_average(average, latest, half_life=10)
    assert torch.equal(average.get_buffer("running_mean"), latest.get_buffer("running_mean"))
    assert torch.equal(average.get_buffer("running_var"), latest.get_buffer("running_var"))


def test_scores_of_a_batch_that_counts_are_taken_apart(run, data, monkeypatch):
    """Batch normalisation over real and generated items at once would tell which is which."""
    plain = replace(run, loss=Hinge(), training=replace(run.training, discriminator_updates=1))
    state, whole = State(plain, CPU), State(plain, CPU)
    forward, sizes = state.D.forward, []
    state.D.batch_statistics = True  # type: ignore[assignment]
    monkeypatch.setattr(state.D, "forward", lambda x: sizes.append(len(x)) or forward(x))
    apart, together = train_step(state, data, plain), train_step(whole, data, plain)
    assert sizes == [16, 16, 16]
    for name in ("score_real", "score_fake"):  # phases are shuffled otherwise
        assert_close(apart[name], together[name], rtol=0, atol=0.3)
    assert_close(apart["D/real"], 1 - apart["score_real"], rtol=0, atol=0.2)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_first_weights_are_the_same_on_a_gpu(run):
    cuda = State(run, torch.device("cuda"))
    assert (weights(cuda.G).cpu() == weights(State(run, CPU).G)).all()


@pytest.mark.parametrize(
    ("model", "loss", "with_cudnn"),
    [
        (RGAN(hidden_generator=4, hidden_discriminator=4), WGANGP(), False),
        (RGAN(hidden_generator=4, hidden_discriminator=4), WGANGP(penalty_weight=0.0), True),
        (RGAN(hidden_generator=4, hidden_discriminator=4), NonSaturating(), True),
        (WaveGAN(channels=8, levels=2), WGANGP(), True),
    ],
)
def test_a_penalty_on_a_recurrent_critic_does_without_cudnn(run, data, model, loss, with_cudnn):
    """Whose recurrent layers cannot be derived twice; what they are stays as it was."""
    recurrent = replace(run, model=model, loss=loss)
    state, seen = State(recurrent, CPU), []
    state.D.register_forward_hook(lambda *_: seen.append(torch.backends.cudnn.enabled))
    train_step(state, data, recurrent)
    updates = seen[: -recurrent.training.generator_updates]
    assert set(updates) == {with_cudnn}
    assert seen[-1], "the generator's step needs no second derivatives"
    assert torch.backends.cudnn.enabled


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_penalty_trains_a_recurrent_critic_on_a_gpu(run, data):
    recurrent = replace(run, model=RGAN(hidden_generator=4, hidden_discriminator=4))
    cuda = torch.device("cuda")
    state = State(recurrent, cuda)
    terms = train_step(state, Data(data.items.to(cuda)), recurrent)
    assert all(term.isfinite() for term in terms.values())
