"""RGAN for series: one recurrent layer on either side, and a score for every step."""

from typing import Literal

import torch
from torch import Tensor, nn

from rpgan.models import latents
from rpgan.models.cells import LSTM
from rpgan.models.latents import Latent
from rpgan.models.limits import require_series
from rpgan.spec import spec


@spec
class RGAN:
    """Esteban, Hyland, Ratsch's recurrent GAN [1]_: a latent vector and a score at every sample.

    The steps of a series are its samples, their features its channels, and any number of either is
    made. At the defaults, the preset for sines of 30 samples, there are 42,501 + 40,901 parameters.

    use_time : the first latent of each step is a ramp from 0 to 1 / steps instead.
    batch_mean : every step of the discriminator also sees the mean of its batch at that step.

    Cells are TensorFlow 1's, as in the authors' code: one vector of biases, and 1 added to that of
    the forget gate. That code has a scale of the output that it never uses and a Wasserstein option
    that raises; neither is here, nor is its training with differential privacy. A linear `output`
    is an addition. The score of a series is one number per step, (n, steps), and losses take the
    mean of all.

    RCGAN is this model with a condition by ``concatenation``: both networks see it at every step.
    Three classes of digits, rows of 14 x 14 pixels and 3 latents take 44,214 + 47,301 parameters;
    seven conditions, four vital signs and 10 latents 47,604 + 44,901. Wrong and predicted labels
    are settings of the condition, and selection by MMD is one of the training.

    References
    ----------
    .. [1] Esteban, Hyland, Ratsch. "Real-valued (medical) time series generation with recurrent
       conditional GANs." 2017, arXiv 1706.02633.
    """

    hidden_generator: int = 100
    hidden_discriminator: int = 100
    latent: Latent = "gaussian"
    latent_dim: int = 5  # per step
    use_time: bool = False
    batch_mean: bool = False
    output: Literal["tanh", "linear"] = "tanh"
    name: Literal["rgan"] = "rgan"

    def __post_init__(self) -> None:
        for name in ("hidden_generator", "hidden_discriminator", "latent_dim"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")

    @property
    def batch_statistics(self) -> bool:
        return self.batch_mean

    def check(self, shape: tuple[int, ...]) -> None:
        require_series(self.name, shape, "; give it a representation without an stft")

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, shape[0])

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, shape[0])

    def latents(self, n: int, device: torch.device, shape: tuple[int, ...]) -> Tensor:
        """The generator's input, shape (n, steps, latent_dim)."""
        steps = shape[1]
        z = latents.draw(self.latent, (n, steps, self.latent_dim), device)
        if self.use_time:
            z[..., 0] = torch.linspace(0, 1 / steps, steps, device=device)
        return z


class Generator(nn.Module):
    def __init__(self, spec: RGAN, channels: int):
        super().__init__()
        self.output = spec.output
        self.cells = LSTM(spec.latent_dim, spec.hidden_generator, bias=1.0)
        self.project = each_step(spec.hidden_generator, channels)

    def forward(self, z: Tensor) -> Tensor:
        x = self.project(self.cells(z)[0]).transpose(1, 2)
        return torch.tanh(x) if self.output == "tanh" else x  # (n, channels, steps)


class Discriminator(nn.Module):
    def __init__(self, spec: RGAN, channels: int):
        super().__init__()
        self.batch_statistics = spec.batch_statistics
        inputs = 2 * channels if spec.batch_mean else channels
        self.cells = LSTM(inputs, spec.hidden_discriminator, bias=0.0)
        self.score = each_step(spec.hidden_discriminator, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.features(x)).squeeze(2)  # (n, steps)

    def features(self, x: Tensor) -> Tensor:
        """What the score of each step is a linear function of, shape (n, steps, hidden)."""
        x = x.transpose(1, 2)  # (n, steps, channels)
        if self.batch_statistics:
            x = torch.cat([x, x.mean(0).expand_as(x)], 2)
        return self.cells(x)[0]


def each_step(inputs: int, outputs: int) -> nn.Linear:
    """Weights and biases are normal, drawn again beyond 2, as the authors' are."""
    layer = nn.Linear(inputs, outputs)
    for parameter in layer.parameters():
        nn.init.trunc_normal_(parameter, a=-2.0, b=2.0)
    return layer
