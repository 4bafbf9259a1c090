"""One step of adversarial training, from top to bottom."""

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rpgan import randomness
from rpgan.training.run import Run
from rpgan.training.state import State

RAMP_UP = 0.1  # the average's half-life never exceeds this share of the steps done


def train_step(state: State, data: Tensor, run: Run) -> dict[str, Tensor]:
    """Advance `state` by one generator update; `data` is (n, channels, ...) on the device.

    All randomness is a function of (run, step), so that an interrupted run resumes exactly.
    Returns the terms of both losses, e.g. ``{"D/fake": ..., "G/fake": ...}``; nothing waits for the
    device.
    """
    torch.manual_seed(randomness.integer(*run.key, "step", state.step))
    G, D, training = state.G, state.D, run.training

    def draw() -> tuple[Tensor, Tensor]:
        real = data[torch.randint(len(data), (training.batch_size,), device=data.device)]
        return real, run.model.latents(training.batch_size, data.device)

    d_terms: dict[str, Tensor] = {}
    for _ in range(training.discriminator_updates):
        real, z = draw()
        with torch.no_grad():
            fake = G(z)
        d_terms = run.loss.discriminator(D, real, fake)
        descend(state.D_optimizer, d_terms)

    real, z = draw()
    D.requires_grad_(False)
    g_terms = run.loss.generator(D, real, G(z))
    D.requires_grad_(True)
    descend(state.G_optimizer, g_terms)

    state.step += 1
    update_average(state.G_average, G, half_life=min(training.ema_half_life, RAMP_UP * state.step))
    named = {"D": d_terms, "G": g_terms}
    return {
        f"{who}/{name}": t.detach() for who, terms in named.items() for name, t in terms.items()
    }


def descend(optimizer: Optimizer, terms: dict[str, Tensor]) -> None:
    """One step of `optimizer` on the sum of `terms`."""
    optimizer.zero_grad()
    torch.stack(list(terms.values())).sum().backward()
    optimizer.step()


@torch.no_grad()
def update_average(average: nn.Module, latest: nn.Module, half_life: float) -> None:
    """Move `average` towards `latest` so that old weights lose half their share in `half_life`."""
    keep = 0.5 ** (1 / half_life) if half_life else 0.0
    for old, new in zip(average.parameters(), latest.parameters(), strict=True):
        old.lerp_(new, 1 - keep)
