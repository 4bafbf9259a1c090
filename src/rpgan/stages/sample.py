"""Series from a trained generator, and from the same network before its first step."""

import contextlib
import hashlib
import sys
import tempfile
from collections.abc import Iterator
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tqdm import tqdm

from rpgan import randomness, series
from rpgan.errors import UserError
from rpgan.files import require_made_from
from rpgan.models import SPADE, spade
from rpgan.models.conditional import told, without_signals
from rpgan.representations import chain
from rpgan.sources import LabelledImages
from rpgan.spec import plain
from rpgan.training import checkpoint
from rpgan.training.fast import Fast
from rpgan.training.run import Run
from rpgan.training.state import first_generator

BATCH = 256  # part of the result: each batch of latents has its own random stream


def sample(
    run: Run,
    n: int,
    generator: Path,
    trained: Path,
    untrained: Path,
    device: torch.device,
    seed: int | None = None,
    at_once: int = BATCH,
    given: float | None = None,
    maps: Path | None = None,
) -> None:
    """Write `n` series of the generator, and `n` of its untrained self, in physical units.

    Another `seed` than that of `run` draws other latents, of the law that it was trained with.
    What a conditional generator is told is drawn from the values of its training set, or is the
    value `given` for all; it is a column beside the series, under the name it has there. SPADE
    makes images of the label maps in the folder `maps`, one after the other, instead of its own.
    `at_once` is how many of them the generator takes in at a time, at most 256. They are streamed
    to the disk: memory need hold no more than one batch.
    """
    torch.set_num_threads(run.training.threads)
    saved = checkpoint.load(generator, device)
    require_made_from(generator, saved.get("run"), plain(run))
    G = first_generator(run, device, Fast(run.training, device))
    asked = values_asked(run, saved.get("given"), n, seed, given)
    shown = None if maps is None else label_maps(run, maps)
    fitted = [{key: a.cpu().numpy() for key, a in step.items()} for step in saved["state"]]
    first = G.state_dict() | {name: saved["G"][name] for name in getattr(G, "from_data", ())}
    for target, weights in ((untrained, first), (trained, saved["G"])):
        G.load_state_dict(weights)
        signals: list[NDArray[np.float32]] = []
        made = (
            chain.decode(run.data.steps, fitted, items(run, batch, signals).astype(np.float64))
            for batch in batches(run, G, n, device, seed, at_once, asked, shown)
        )
        from_ = made_from(run, n, target is trained, seed, given, shown)
        with on_disk(made, n, target.parent) as rows:
            series.write(target, rows, from_, beside=column(run, asked, signals))


def values_asked(
    run: Run, trained: Tensor | None, n: int, seed: int | None, given: float | None
) -> NDArray[Any] | None:
    """What each of `n` series is asked to be; None if the generator is told nothing."""
    condition = run.condition
    if condition is None or condition.by == "signal":
        if given is not None:
            why = f"makes {condition.on} itself" if condition else "has no condition"
            raise UserError(f"models.{run.label} {why}; leave out --given")
        return None
    assert trained is not None
    values = trained.cpu().numpy()
    if given is not None:
        condition.encode(np.array([given]))
        return np.full(n, given).astype(values.dtype)
    rng = randomness.generator(*key(run, seed), "given")
    return values[rng.integers(len(values), size=n)]


def label_maps(run: Run, folder: Path) -> NDArray[np.uint8]:
    """Classes of every pixel of those in `folder`, (maps, height, width)."""
    source = run.data.draw.source
    if not isinstance(run.model, SPADE) or not isinstance(source, LabelledImages):
        raise UserError(f"models.{run.label} makes no images of label maps; leave out --maps")
    return source.label_maps(folder)


def items(
    run: Run, batch: NDArray[np.float32], signals: list[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Those of a batch; if they come with signals, these are added to `signals`."""
    made, codes = without_signals(run.condition, torch.from_numpy(batch))
    if codes is not None:
        signals.append(codes.numpy())
    return made.numpy()


def column(
    run: Run, asked: NDArray[Any] | None, signals: list[NDArray[np.float32]]
) -> dict[str, NDArray[Any]]:
    """What is known beside the series: what they were asked to be, or say themselves."""
    if run.condition is None:
        return {}
    said = run.condition.decode(np.concatenate(signals)) if asked is None else asked
    return {run.condition.on: said}


@contextlib.contextmanager
def on_disk(
    batches: Iterator[NDArray[np.float64]], n: int, folder: Path
) -> Iterator[NDArray[np.float32]]:
    """`batches` one after the other in float32, shape (n, ...), in a nameless file of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        items: tuple[int, ...] = ()
        for batch in batches:
            items = batch.shape[1:]
            file.write(np.ascontiguousarray(batch, np.float32).data)
        file.flush()
        yield np.memmap(file, np.float32, "r", shape=(n, *items))


def tensors(
    run: Run, G: nn.Module, n: int, device: torch.device, asked: NDArray[Any] | None = None
) -> NDArray[np.float64]:
    """G(z) for `n` latents, shape (n, channels, ...), told the values that are `asked`, (n,)."""
    return np.concatenate(list(batches(run, G, n, device, asked=asked))).astype(np.float64)


def batches(
    run: Run,
    G: nn.Module,
    n: int,
    device: torch.device,
    seed: int | None = None,
    at_once: int = BATCH,
    asked: NDArray[Any] | None = None,
    maps: NDArray[np.uint8] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """G(z) for `n` latents, shapes (up to BATCH, channels, ...); z does not depend on `at_once`."""
    G.eval()
    if maps is not None:
        spade.show(G, torch.from_numpy(maps).to(device))
    codes = None
    if run.condition is not None and asked is not None:
        codes = torch.from_numpy(run.condition.encode(asked)).to(device)
    starts = range(0, n, BATCH)
    for first in tqdm(starts, unit="batch", file=sys.stderr, delay=3, leave=False):
        torch.manual_seed(randomness.integer(*key(run, seed), "sample", first // BATCH))
        z = run.latents(BATCH, device)[: n - first]
        if maps is not None:
            z[:, 0] = spade.in_turn(first, len(z), len(maps))
        known = repeat(None) if codes is None else codes[first : first + BATCH].split(at_once)
        with torch.no_grad():
            made = [told(G, c)(part) for part, c in zip(z.split(at_once), known, strict=False)]
        yield np.concatenate([part.float().cpu().numpy() for part in made])


def key(run: Run, seed: int | None) -> tuple[int, str, str, int]:
    """Start of the path of every random stream of a sample."""
    return run.key if seed is None else (seed, *run.key[1:])


def made_from(
    run: Run,
    n: int,
    trained: bool,
    seed: int | None = None,
    given: float | None = None,
    maps: NDArray[np.uint8] | None = None,
) -> dict[str, object]:
    """What a file of generated series was made from."""
    made: dict[str, object] = {"run": plain(run), "n": n, "trained": trained}
    digest = None if maps is None else hashlib.sha256(maps.tobytes()).hexdigest()
    further = {"seed": seed, "given": given, "maps": digest}
    return made | {name: value for name, value in further.items() if value is not None}
