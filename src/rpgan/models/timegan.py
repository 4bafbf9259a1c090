"""TimeGAN for series: an adversarial pair in the space of codes that an autoencoder has learnt."""

from typing import ClassVar, Literal

import torch
from torch import Tensor, nn

from rpgan.models.cells import Cell, layer
from rpgan.spec import spec

Phase = Literal["embedding", "supervised", "joint"]


@spec
class TimeGAN:
    """Yoon, Jarrett, van der Schaar's time-series GAN [1]_, for any number of channels and steps.

    Five recurrent networks of `hidden` units. The embedder makes a code of every sample, of which
    the recovery makes the sample again; the generator makes codes from as many uniform numbers on
    [0, 1) a step as there are channels, and the supervisor, one layer less deep, goes from each
    code to the next. What samples is recovery(supervisor(generator(z))). The discriminator scores
    every step of a series of codes. At the defaults 6 channels take 9,888 (embedder) + 10,734
    (recovery) + 9,888 (generator) + 7,656 (supervisor) + 10,609 (discriminator) parameters.

    Inside all is in [0, 1], where the sigmoids end; outside items are in [-1, 1], as everywhere.
    The published scaling of each column to its range is a scale of kind global_min_max.

    embedding_steps, supervised_steps : of the first two phases; what is left of the training's
        steps is the third, joint, phase.
    unsupervised_weight : of what the discriminator says of codes that the supervisor has not seen.
    threshold : the discriminator learns from a batch only if its loss there is above it.

    It brings its own losses, those of `training/timegan.py`. Cells are TensorFlow 1's, as in the
    authors' code, whose faults are not here: it leaves the noise of short series as short, where
    all series of a set have one length; its scores are of series that it has trained on, and of at
    least two channels, where those of `judges` are of a test set, and one channel is enough.

    References
    ----------
    .. [1] Yoon, Jarrett, van der Schaar. "Time-series generative adversarial networks." NeurIPS
       2019.
    """

    output: ClassVar[str] = "sigmoid"

    cell: Cell = "gru"
    hidden: int = 24
    layers: int = 3
    embedding_steps: int = 50_000
    supervised_steps: int = 50_000
    unsupervised_weight: float = 1.0
    threshold: float = 0.15
    name: Literal["timegan"] = "timegan"

    def __post_init__(self) -> None:
        if self.hidden < 1:
            raise ValueError(f"hidden must be at least 1, got {self.hidden}")
        if self.layers < 2:
            raise ValueError(
                f"layers must be at least 2, one more than the supervisor's, got {self.layers}"
            )
        for name in ("embedding_steps", "supervised_steps", "unsupervised_weight", "threshold"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")

    def check(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 2 or shape[1] < 2:
            raise ValueError(
                "timegan needs series of shape (channels, length), of at least 2 samples, got"
                f" {shape}; give it a representation without an stft"
            )

    def phase(self, step: int) -> Phase:
        """What is trained in step number `step`, the first being 0."""
        if step < self.embedding_steps:
            return "embedding"
        return "supervised" if step < self.embedding_steps + self.supervised_steps else "joint"

    def generator(self, shape: tuple[int, ...]) -> "Generator":
        """All of it that samples."""
        self.check(shape)
        return Generator(self, shape[0])

    def discriminator(self, shape: tuple[int, ...]) -> "EachStep":
        """A score of every step of a series of codes, before any sigmoid."""
        self.check(shape)
        return EachStep(self, self.hidden, self.layers, 1, sigmoid=False)

    def embedder(self, shape: tuple[int, ...]) -> "EachStep":
        self.check(shape)
        return EachStep(self, shape[0], self.layers, self.hidden)

    def latents(self, n: int, device: torch.device, shape: tuple[int, ...]) -> Tensor:
        """The generator's input, shape (n, steps, channels)."""
        channels, steps = shape
        return torch.rand((n, steps, channels), device=device)


class Generator(nn.Module):
    def __init__(self, spec: TimeGAN, channels: int):
        super().__init__()
        self.generator = EachStep(spec, channels, spec.layers, spec.hidden)
        self.supervisor = EachStep(spec, spec.hidden, spec.layers - 1, spec.hidden)
        self.recovery = EachStep(spec, spec.hidden, spec.layers, channels)

    def forward(self, z: Tensor) -> Tensor:
        return to_items(self.recovery(self.supervisor(self.generator(z))))  # (n, channels, steps)


class EachStep(nn.Module):
    """Recurrent layers, a linear map of what the last puts out at each step, and a sigmoid."""

    def __init__(self, spec: TimeGAN, inputs: int, layers: int, outputs: int, sigmoid: bool = True):
        super().__init__()
        self.sigmoid = sigmoid
        sizes = [inputs, *[spec.hidden] * (layers - 1)]
        self.cells = nn.ModuleList(layer(spec.cell, size, spec.hidden) for size in sizes)
        self.project = nn.Linear(spec.hidden, outputs)
        nn.init.xavier_uniform_(self.project.weight)
        nn.init.zeros_(self.project.bias)

    def forward(self, x: Tensor) -> Tensor:
        for cell in self.cells:
            x, _ = cell(x)
        x = self.project(x)  # (n, steps, outputs)
        return x.sigmoid() if self.sigmoid else x


def to_items(x: Tensor) -> Tensor:
    """Of [0, 1] and shape (n, steps, channels) what is in [-1, 1], (n, channels, steps)."""
    return 2 * x.transpose(1, 2) - 1


def from_items(items: Tensor) -> Tensor:
    """The inverse of `to_items`."""
    return (items.transpose(1, 2) + 1) / 2
