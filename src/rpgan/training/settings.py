"""How a pair of networks is trained."""

import math
from typing import Literal

from rpgan.spec import spec
from rpgan.training.optimizers import SGD, Adam, AnyOptimizer, RMSProp

__all__ = ["SGD", "Adam", "Fast", "RMSProp", "Selection", "Training"]


@spec
class Fast:
    """Other ways to the same mathematics. Where a machine lacks one, a line in the log says so.

    precision : of convolutions and products: float32 throughout, TensorFloat-32 (`tf32`, on NVIDIA
        GPUs), or bfloat16, which leaves the generator's last layers, scores, gradients of the
        penalty, losses and weights in float32.
    channels_last : memory layout of two-dimensional convolutions.
    polyphase : one-dimensional convolutions with a stride as ones without, on its phases.
    compile : fused kernels from PyTorch's compiler, which takes minutes to start.
    cuda_graph : the whole step as one launch.
    encode_at_load : series are encoded on the device when the training begins, by what was learnt
        from them before. Their tensors are in no file, nor ever whole in the host's memory.
    """

    precision: Literal["float32", "tf32", "bfloat16"] = "float32"
    channels_last: bool = False
    polyphase: bool = False
    compile: bool = False
    cuda_graph: bool = False
    encode_at_load: bool = False


@spec
class Selection:
    """Sample with the weights that did best on the last `held_out` items of the training set.

    Every `every` steps from `after` on as many generated items are held against those, which no
    step sees, by the maximum mean discrepancy (see `training.selection`).
    """

    every: int
    held_out: int
    after: int = 0

    def __post_init__(self) -> None:
        for name, least in (("every", 1), ("held_out", 2), ("after", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, got {getattr(self, name)}")

    def due(self, step: int) -> bool:
        """Whether to look after `step` steps."""
        return step % self.every == 0 and step >= max(1, self.after)


@spec
class Training:
    """`steps` times `generator_updates` updates of the generator and `discriminator_updates` of
    the discriminator, which has the first turn unless `first` says otherwise.

    An epoch of the published systems is one pass of the *discriminator* over the training set, so
    500 epochs of 16384 series in batches of 128 are 64000 discriminator updates. The
    discriminator's penalty, if the loss has one, is due at every `penalty_every`th update, that
    many times as heavy. Learning rates rise over `ramp_up` steps, ``linear`` or ``gaussian``:
    like exp(-5 (1 - t)^2) for t from 0 to 1. Gradients of a network longer than
    `clip_gradients` (0: none are) are scaled down to it. `ema_half_life` (in steps, 0: none) is
    that of the average of the generator's weights, which is what samples; it never exceeds the
    share `ema_ramp_up` of the steps done. `processes` share each batch, under torchrun, one GPU
    each. `threads` counts CPU threads of each; like every number here it is part of the result,
    to the last bit.

    The first `pretraining` of the steps train the generator alone to predict the next event, if its
    model can. A network whose loss is below `wait_below` (0: none does) times the other's latest
    waits, which wants losses in like units: a generator's of feature matching has its `weight` for
    that. What samples may also be chosen by a `selection`.
    """

    steps: int
    batch_size: int
    discriminator_updates: int = 1
    generator_updates: int = 1
    first: Literal["discriminator", "generator"] = "discriminator"
    generator: AnyOptimizer = Adam()
    discriminator: AnyOptimizer = Adam()
    ramp_up: int = 0
    ramp_up_law: Literal["linear", "gaussian"] = "linear"
    clip_gradients: float = 0.0
    penalty_every: int = 1
    ema_half_life: float = 0.0
    ema_ramp_up: float = 0.1
    pretraining: int = 0
    wait_below: float = 0.0
    selection: Selection | None = None
    fast: Fast = Fast()
    processes: int = 1
    threads: int = 1

    def __post_init__(self) -> None:
        positive = ("steps", "batch_size", "discriminator_updates", "generator_updates")
        for name in (*positive, "penalty_every", "processes", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("ramp_up", "clip_gradients", "ema_half_life", "pretraining"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}")
        if self.ema_ramp_up <= 0:
            raise ValueError(f"ema_ramp_up must be positive, got {self.ema_ramp_up}")
        if not 0 <= self.wait_below < 1:
            raise ValueError(f"wait_below must lie in [0, 1), got {self.wait_below}")
        if self.pretraining >= self.steps:
            raise ValueError(
                f"pretraining must be less than steps, of which it is the first part, got"
                f" {self.pretraining} of {self.steps}"
            )
        if self.selection and not any(map(self.selection.due, range(1, self.steps + 1))):
            raise ValueError(
                f"selection is never due in {self.steps} steps; lower its every or after"
            )
        if self.batch_size % self.processes:
            raise ValueError(
                f"batch_size must be a multiple of processes, {self.processes}, so that they have"
                f" equal shares, got {self.batch_size}"
            )

    def learning_rate(self, optimizer: AnyOptimizer, step: int) -> float:
        """That of step number `step`, the first being 0."""
        if self.ramp_up_law == "linear":
            return optimizer.learning_rate * min(1.0, (step + 1) / max(1, self.ramp_up))
        t = min(1.0, step / self.ramp_up) if self.ramp_up else 1.0
        return optimizer.learning_rate * math.exp(-5 * (1 - t) ** 2)

    def half_life(self, step: int) -> float:
        """The average's, after `step` steps."""
        return min(self.ema_half_life, self.ema_ramp_up * step)
