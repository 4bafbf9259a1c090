"""Watching a training: its curves, and pictures of what the same latents give as it goes on."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rpgan import randomness
from rpgan.errors import UserError
from rpgan.figures import preview
from rpgan.figures.style import save
from rpgan.metrics.multitaper import multitaper
from rpgan.models.conditional import told, without_signals
from rpgan.representations import chain
from rpgan.series import State
from rpgan.training.data import Data
from rpgan.training.history import Row
from rpgan.training.run import Run

MADE = 64  # items of a preview: as many as make a mean spectrum smooth


class Previews:
    """Pictures of the items that a network makes of latents drawn once."""

    def __init__(self, run: Run, fitted: State, data: Data):
        torch.manual_seed(randomness.integer(*run.key, "preview"))
        self.run, self.fitted = run, fitted
        self.latents = run.latents(MADE, data.device)[: len(data.items)]
        self.given = None if data.given is None else data.given[:MADE]
        self.real = self.decoded(data.items[:MADE])

    def decoded(self, tensors: torch.Tensor) -> NDArray[np.float64]:
        """The items of `tensors` in physical units, without signals of what they are given."""
        items, _ = without_signals(self.run.condition, tensors)
        return chain.decode(self.run.data.steps, self.fitted, items.double().cpu().numpy())

    def figure(self, step: int, sampler: nn.Module) -> Any:
        """That of `sampler`, the network after `step` steps, which stays as it is."""
        training = sampler.training
        sampler.eval()
        with torch.no_grad():
            made = self.decoded(told(sampler, self.given)(self.latents))
        sampler.train(training)
        title = f"{self.run.title}: step {step} of {self.run.training.steps}"
        if made.ndim == 4:
            return preview.of_images(self.real, made, title)
        real, made = (x.reshape(len(x), -1, x.shape[-1])[:, 0] for x in (self.real, made))
        return preview.of_series(real, made, (mean_spectrum(real), mean_spectrum(made)), title)


def mean_spectrum(series: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    frequency, spectra = multitaper(series)
    return frequency, spectra.mean(axis=0)


class Pictures:
    """Previews as one PNG file each, in `folder`."""

    def __init__(self, folder: Path, previews: Previews):
        self.folder, self.previews = folder, previews

    def begin(self, done: int) -> None:
        """Pictures of earlier steps stay."""

    def rows(self, rows: list[Row]) -> None:
        """Nothing of them is drawn."""

    def look(self, step: int, sampler: nn.Module) -> None:
        save(self.previews.figure(step, sampler), self.folder / f"step-{step:08d}.png")

    def close(self) -> None:
        """Each file is whole already."""


class TensorBoard:
    """Every column of the history as a curve, and previews as images, in `folder`."""

    def __init__(self, folder: Path, previews: Previews):
        try:
            from torch.utils.tensorboard.writer import SummaryWriter
        except ModuleNotFoundError as error:
            raise UserError(
                f"--tensorboard needs {error.name}: pip install 'rpgan[tensorboard]'"
            ) from None
        self.folder, self.previews, self.open = folder, previews, SummaryWriter
        self.writer: Any = None

    def begin(self, done: int) -> None:
        """What an earlier process wrote of later steps is taken back."""
        self.writer = self.open(str(self.folder), purge_step=done + 1)

    def rows(self, rows: list[Row]) -> None:
        for row in rows:
            for name, value in row.items():
                if name != "step":
                    self.writer.add_scalar(name, value, int(row["step"]))

    def look(self, step: int, sampler: nn.Module) -> None:
        self.writer.add_figure("preview", self.previews.figure(step, sampler), step)

    def close(self) -> None:
        self.writer.close()
