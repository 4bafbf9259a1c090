"""How deep a growing pair of networks is, and for how long."""

from rpgan.spec import spec


@spec
class Phase:
    """A depth, and how many images are shown at it: `fade`, then `stable`.

    Depth 0 is the seed, and each further one doubles both sides. Over the first `fade` images of a
    phase its deepest layers come in, from nothing to all. `batch_size` is that of the training
    unless given here.
    """

    depth: int
    fade: int = 0
    stable: int = 0
    batch_size: int | None = None

    def __post_init__(self) -> None:
        if min(self.depth, self.fade, self.stable) < 0:
            raise ValueError("depth, fade and stable must be at least 0")
        if self.images < 1:
            raise ValueError(f"fade + stable must be at least 1 image at depth {self.depth}, got 0")
        if self.batch_size is not None and self.batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {self.batch_size}")

    @property
    def images(self) -> int:
        return self.fade + self.stable


def require_growth(phases: tuple[Phase, ...]) -> None:
    """Refuse phases that shrink, skip a depth, or fade where nothing comes in."""
    before = None
    for phase in phases:
        if before is not None and phase.depth - before not in (0, 1):
            raise ValueError(
                f"phases must go on at the same depth or one deeper, got {phase.depth} after"
                f" {before}"
            )
        if phase.fade and phase.depth == before:
            raise ValueError(
                f"phases: depth {phase.depth} is there already; give its second phase fade: 0"
            )
        if phase.fade and before is None:
            raise ValueError(f"phases: the first has nothing to fade from, got fade: {phase.fade}")
        before = phase.depth


def require_depth(name: str, phases: tuple[Phase, ...], size: tuple[int, int], depth: int) -> None:
    """Refuse phases that do not end at `depth`, which makes images of `size`."""
    if phases and phases[-1].depth != depth:
        raise ValueError(
            f"{name} makes {size[0]} x {size[1]} at depth {depth}, and its phases end at depth"
            f" {phases[-1].depth}; let the last one have depth: {depth}, or leave out phases"
        )
