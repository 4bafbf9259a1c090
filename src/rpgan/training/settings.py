"""How a pair of networks is trained."""

from rpgan.spec import spec


@spec
class Adam:
    """Kingma, Ba. "Adam: a method for stochastic optimization." ICLR 2015."""

    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.0, 0.9)

    def __post_init__(self) -> None:
        if self.learning_rate <= 0:
            raise ValueError(f"learning_rate must be positive, got {self.learning_rate}")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ValueError(f"betas must lie in [0, 1), got {list(self.betas)}")


@spec
class Training:
    """`steps` updates of the generator, each after `discriminator_updates` of the discriminator.

    An epoch of the published systems is one pass of the *discriminator* over the training set, so
    500 epochs of 16384 series in batches of 128 are 64000 discriminator updates. `ema_half_life`
    (in steps, 0: none) is that of the average of the generator's weights, which is what samples.
    `threads` counts CPU threads; like every number here it is part of the result, to the last bit.
    """

    steps: int
    batch_size: int
    discriminator_updates: int = 1
    generator: Adam = Adam()
    discriminator: Adam = Adam()
    ema_half_life: float = 0.0
    threads: int = 1

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "discriminator_updates", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        if self.ema_half_life < 0:
            raise ValueError(f"ema_half_life must be at least 0, got {self.ema_half_life}")
