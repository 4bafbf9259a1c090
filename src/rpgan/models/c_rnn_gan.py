"""C-RNN-GAN for series: a generator that hears its own last output, and a two-way discriminator."""

from collections.abc import Sequence
from typing import ClassVar, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rpgan.models import latents
from rpgan.models.limits import require_dropout, require_series
from rpgan.spec import spec


@spec
class CRNNGAN:
    """Mogren's continuous recurrent GAN [1]_, made for music of four numbers per event.

    Each step of the generator takes as many uniform numbers on [0, 1) as there are channels, and
    its last output, the first time as many uniform numbers again. The discriminator reads the
    series both ways; what it thinks of a series is the mean over steps of a probability, and its
    score the logit of that mean. At the defaults four channels take 1,970,154 + 3,943,101
    parameters, and any number of steps is made.

    dropout : the share of what each recurrent layer gives that is left out in training.

    Its loss is `feature_matching` by ``pairs``, on the discriminator's last recurrent layer. Cells
    are PyTorch's, with two vectors of biases and its first weights. The rest of its training are
    settings of any: a network waits while its loss is below 0.7 of the other's (`wait_below`; the
    early code skipped the generator's turn in either case), the generator first learns to predict
    the next event (`pretraining`), and weights decay (`l2` of an optimiser). A tanh `output` is an
    addition.

    References
    ----------
    .. [1] Mogren. "C-RNN-GAN: continuous recurrent neural networks with adversarial training."
       2016, arXiv 1611.09904.
    """

    hidden: int = 350
    layers: int = 2
    dropout: float = 0.5
    output: Literal["tanh", "linear"] = "linear"
    predicts: ClassVar[bool] = True  # its generator has `next_events`
    name: Literal["c_rnn_gan"] = "c_rnn_gan"

    def __post_init__(self) -> None:
        if min(self.hidden, self.layers) < 1:
            raise ValueError("hidden and layers must be at least 1")
        require_dropout(self.dropout)

    def check(self, shape: tuple[int, ...]) -> None:
        require_series(self.name, shape, "; give it a representation without an stft")

    def generator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Generator(self, shape[0])

    def discriminator(self, shape: tuple[int, ...]) -> nn.Module:
        self.check(shape)
        return Discriminator(self, shape[0])

    def latents(self, n: int, device: torch.device, shape: tuple[int, ...]) -> Tensor:
        """An output before the first, and noise for every step: (n, 1 + steps, channels)."""
        channels, steps = shape
        return (latents.draw("uniform", (n, 1 + steps, channels), device) + 1) / 2


class Generator(nn.Module):
    def __init__(self, spec: CRNNGAN, channels: int):
        super().__init__()
        self.output, self.dropout = spec.output, spec.dropout
        self.enter = nn.Linear(2 * channels, spec.hidden)
        self.cells = nn.ModuleList(
            nn.LSTMCell(spec.hidden, spec.hidden) for _ in range(spec.layers)
        )
        self.leave = nn.Linear(spec.hidden, channels)

    def forward(self, z: Tensor) -> Tensor:
        return self.events(z)  # (n, channels, steps)

    def next_events(self, x: Tensor, z: Tensor) -> Tensor:
        """Its outputs where the last one is always that of the series `x`, (n, channels, steps)."""
        return self.events(z, x.unbind(2))

    def events(self, z: Tensor, heard: Sequence[Tensor] | None = None) -> Tensor:
        """One output for each step of noise; each hears the one before, or what is `heard`."""
        last, *noises = z.unbind(1)
        states: list[tuple[Tensor, Tensor] | None] = [None] * len(self.cells)
        made = []
        for step, noise in enumerate(noises):
            x = F.relu(self.enter(torch.cat([noise, last], 1)))
            for i, cell in enumerate(self.cells):
                states[i] = hidden, _ = cell(x, states[i])
                x = F.dropout(hidden, self.dropout, self.training)
            output = self.leave(x)
            output = torch.tanh(output) if self.output == "tanh" else output
            made.append(output)
            last = heard[step] if heard else output
        return torch.stack(made, 2)


class Discriminator(nn.Module):
    def __init__(self, spec: CRNNGAN, channels: int):
        super().__init__()
        self.dropout = spec.dropout
        self.cells = nn.LSTM(
            channels,
            spec.hidden,
            spec.layers,
            batch_first=True,
            dropout=spec.dropout if spec.layers > 1 else 0.0,
            bidirectional=True,
        )
        self.each_step = nn.Linear(2 * spec.hidden, 1)

    def forward(self, x: Tensor) -> Tensor:
        return logit_of_mean(self.each_step(self.features(x)).squeeze(2))  # (n,)

    def features(self, x: Tensor) -> Tensor:
        """What the last layer makes of each step in either direction, (n, steps, 2 hidden)."""
        states, _ = self.cells(x.transpose(1, 2))
        return F.dropout(states, self.dropout, self.training)


def logit_of_mean(logits: Tensor) -> Tensor:
    """log(p / (1 - p)) where p is the mean over the last axis of the probabilities of `logits`."""
    yes, no = (F.logsigmoid(sign * logits).logsumexp(-1) for sign in (1, -1))
    return yes - no
