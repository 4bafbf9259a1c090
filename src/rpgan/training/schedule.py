"""What a growing pair of networks is shown at which step."""

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from rpgan.models.phases import Phase
from rpgan.training.settings import Training


@dataclass(frozen=True)
class Moment:
    """The depth of a step, how much of its deepest layers counts, and how many images it takes."""

    depth: int
    alpha: float
    batch_size: int


@dataclass(frozen=True)
class Schedule:
    """Phases as steps: each takes as many as show the discriminator at least its images.

    Everything is a function of the number of the step, so that nothing of it needs a checkpoint.
    """

    phases: tuple[Phase, ...]
    training: Training

    @cached_property
    def ends(self) -> list[int]:
        """Steps done at the end of each phase."""
        return list(accumulate(-(-p.images // self._shown_by_a_step(p)) for p in self.phases))

    @property
    def steps(self) -> int:
        return self.ends[-1]

    def at(self, step: int) -> Moment:
        """Of step number `step`, the first being 0; `alpha` rises with the images shown before."""
        number, begun = self._phase(step)
        phase = self.phases[number]
        shown = (step - begun) * self._shown_by_a_step(phase)
        alpha = min(1.0, shown / phase.fade) if phase.fade else 1.0
        return Moment(phase.depth, alpha, self._batch_size(phase))

    def images(self, step: int) -> int:
        """Real images that the discriminator has been shown after `step` steps."""
        began = [0, *self.ends]
        return sum(
            (min(step, end) - begun) * self._shown_by_a_step(phase)
            for phase, begun, end in zip(self.phases, began, self.ends, strict=False)
            if step > begun
        )

    def lod(self, step: int) -> float:
        """The level of detail that step number `step` lacks: 0 at the end, one more per depth."""
        now = self.at(step)
        return self.phases[-1].depth - now.depth + 1 - now.alpha

    def _phase(self, step: int) -> tuple[int, int]:
        """The number of its phase, and steps done before that."""
        number = next((i for i, end in enumerate(self.ends) if step < end), len(self.ends) - 1)
        return number, self.ends[number - 1] if number else 0

    def _shown_by_a_step(self, phase: Phase) -> int:
        return self._batch_size(phase) * self.training.discriminator_updates

    def _batch_size(self, phase: Phase) -> int:
        return phase.batch_size or self.training.batch_size


def largest_batch(phases: tuple[Phase, ...], training: Training) -> int:
    return max(training.batch_size, *(phase.batch_size or 0 for phase in phases), 0)


def require_schedule(phases: tuple[Phase, ...], training: Training) -> None:
    """Refuse settings of a training that do not fit the phases of its model."""
    steps = Schedule(phases, training).steps
    if training.steps != steps:
        raise ValueError(
            f"training.steps must be {steps}, which show the images of all phases, got"
            f" {training.steps}; set it to {steps}, or change the phases"
        )
    for phase in phases:
        if (phase.batch_size or 0) % training.processes:
            raise ValueError(
                f"batch_size at depth {phase.depth} must be a multiple of processes,"
                f" {training.processes}, so that they have equal shares, got {phase.batch_size}"
            )
    for name in ("cuda_graph", "compile"):
        if getattr(training.fast, name):
            raise ValueError(
                f"fast.{name} is for networks that stay as they are, and those with phases grow;"
                " leave it out"
            )
