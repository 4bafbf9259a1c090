"""What a pair of networks is told of each item, and the numbers that tell it.

`encode(values)` makes the numbers, (n, count), of the values, (n,), that column `on` has beside the
series; `decode` goes back from what a network made of them. `error(estimate, codes)` is how far an
estimate of them is off, and `wrong(codes)` are those of other classes. `require_law(law)` raises
ValueError for a law of values that the condition does not take.

by : how the pair learns what it is told. The generator's latents end with the numbers, and the
    discriminator gives
    ``projection``, beside its score, the inner product of its features with a linear function of
        the numbers [1]_;
    ``concatenation``, a score of the item with the numbers as further, constant channels, as RCGAN
        does at every step of a series [2]_;
    ``auxiliary``, its own estimate of the numbers, on which both networks are trained too [3]_.
    By ``signal`` nobody is told anything: the numbers are further channels of every item, which the
    generator learns to make as well, RCGAN's predicted labels.

References
----------
.. [1] Miyato, Koyama. "cGANs with projection discriminator." ICLR 2018.
.. [2] Esteban, Hyland, Ratsch. "Real-valued (medical) time series generation with recurrent
   conditional GANs." 2017, arXiv 1706.02633.
.. [3] Odena, Olah, Shlens. "Conditional image synthesis with auxiliary classifier GANs." ICML 2017.
"""

from typing import Annotated, Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor

from rpgan.errors import UserError
from rpgan.spec import spec

By = Literal["projection", "concatenation", "auxiliary", "signal"]

MOST_FLAGS = 24  # whose sums float32 tells apart


@spec
class Number:
    """Any number in [low, high], such as a parameter of the process.

    With t going from 0 at `low` to 1 at `high`, networks are told cos(pi k t) for k = 1 to `codes`:
    the first alone tells any two numbers apart, and a linear function of all can vary with t as a
    smooth function does. `weight` is that of the auxiliary terms.
    """

    on: str
    low: float
    high: float
    codes: int = 4
    by: By = "projection"
    weight: float = 1.0
    name: Literal["number"] = "number"

    def __post_init__(self) -> None:
        if not -np.inf < self.low < self.high < np.inf:
            raise ValueError(f"number needs low < high, got {self.low} and {self.high}")
        if self.codes < 1:
            raise ValueError(f"codes must be at least 1, got {self.codes}")
        require_weight(self.weight)

    @property
    def count(self) -> int:
        return self.codes

    @property
    def energy(self) -> float:
        """The sum of squares of the codes, on average."""
        return self.codes / 2

    @property
    def wrong_labels(self) -> bool:
        return False

    def encode(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Raises UserError for a value out of range."""
        outside = ~((self.low <= values) & (values <= self.high))
        if outside.any():
            raise UserError(
                f"{self.on} must lie in [{self.low:g}, {self.high:g}], which is the condition's"
                f" range, got {values[outside][0]:g}; ask for another, or train on a wider range"
            )
        t = (np.asarray(values, np.float64) - self.low) / (self.high - self.low)
        return np.cos(np.pi * t[:, None] * np.arange(1, self.codes + 1)).astype(np.float32)

    def decode(self, codes: NDArray[Any]) -> NDArray[np.float64]:
        t = np.arccos(np.clip(codes[:, 0].astype(np.float64), -1, 1)) / np.pi
        return self.low + t * (self.high - self.low)

    def error(self, estimate: Tensor, codes: Tensor) -> Tensor:
        """Mean square."""
        return (estimate - codes).square().mean()

    def require_law(self, law: Any) -> None:
        low, high = law.support()
        if low < self.low or high > self.high:
            raise ValueError(
                f"{self.on} has values from {low:g} to {high:g}, beyond the condition's range"
                f" [{self.low:g}, {self.high:g}]; widen it"
            )

    def wrong(self, codes: Tensor) -> Tensor:
        raise TypeError("a number has no wrong label: any other may be near")


@spec
class Class:
    """One of `values`, such as labels; networks are told a 1 in its place, and 0 elsewhere.

    wrong_labels : the discriminator has a third term for real items with the label of another
        class, each equally likely, which count as generated ones. (RCGAN's own code has that term
        of tensors that do not exist.)
    """

    on: str
    values: tuple[int | float, ...]
    by: By = "projection"
    weight: float = 1.0
    wrong_labels: bool = False
    name: Literal["class"] = "class"

    def __post_init__(self) -> None:
        if len(self.values) < 2 or len(set(self.values)) < len(self.values):
            raise ValueError(f"values must be at least 2, all different, got {list(self.values)}")
        if self.wrong_labels and self.by not in ("projection", "concatenation"):
            raise ValueError(
                f"wrong_labels needs a discriminator that is told the label; by: {self.by} does not"
            )
        require_weight(self.weight)

    @property
    def count(self) -> int:
        return len(self.values)

    @property
    def energy(self) -> float:
        """The sum of squares of the codes."""
        return 1.0

    def encode(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Raises UserError for what is none of the values."""
        codes = np.asarray(values)[:, None] == np.array(self.values)
        unknown = ~codes.any(1)
        if unknown.any():
            raise UserError(
                f"{self.on} must be one of {', '.join(f'{v:g}' for v in self.values)}, which are"
                f" the condition's values, got {values[unknown][0]:g}; ask for one of them, or"
                " train on more"
            )
        return codes.astype(np.float32)

    def decode(self, codes: NDArray[Any]) -> NDArray[Any]:
        return np.array(self.values)[codes.argmax(1)]

    def error(self, estimate: Tensor, codes: Tensor) -> Tensor:
        """Cross-entropy of the estimates as logits."""
        return F.cross_entropy(estimate, codes)

    def require_law(self, law: Any) -> None:
        if law.name not in ("choice", "fixed"):
            raise ValueError(
                f"{self.on} has the law {law.name}, which is no choice of classes; use a condition"
                f" with name: number, or give {self.on} a law with name: choice"
            )
        for value in getattr(law, "values", None) or (law.value,):
            if value not in self.values:
                raise ValueError(
                    f"{self.on} can be {value:g}, which the condition's values"
                    f" {', '.join(f'{v:g}' for v in self.values)} lack; add it"
                )

    def wrong(self, codes: Tensor) -> Tensor:
        """Those of another class for each row, any other as likely."""
        others = torch.randint(1, self.count, (len(codes),), device=codes.device)
        return F.one_hot((codes.argmax(1) + others) % self.count, self.count).to(codes)


@spec
class Flags:
    """Any of `flags` flags, such as diagnoses; networks are told a 1 for each that is set.

    A value is one number for all of them, the sum of 2^i over those that are set, i from 0: 5 says
    that the first and the third are. So a table gives them if its ``label`` has several columns.
    """

    on: str
    flags: int
    by: By = "projection"
    weight: float = 1.0
    name: Literal["flags"] = "flags"

    def __post_init__(self) -> None:
        if not 1 <= self.flags <= MOST_FLAGS:
            raise ValueError(f"flags must be 1 to {MOST_FLAGS}, got {self.flags}")
        require_weight(self.weight)

    @property
    def count(self) -> int:
        return self.flags

    @property
    def energy(self) -> float:
        """The sum of squares of the codes, if every other flag is set."""
        return self.flags / 2

    @property
    def wrong_labels(self) -> bool:
        return False

    def encode(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Raises UserError for what is no set of flags."""
        values = np.asarray(values, np.float64)
        known = (values >= 0) & (values < 2**self.flags) & (values == np.floor(values))
        if not known.all():
            raise UserError(
                f"{self.on} must be a whole number from 0 to {2**self.flags - 1}, the sum of 2^i"
                f" over the flags that are set, got {values[~known][0]:g}; ask for another, or"
                " train on more flags"
            )
        places = np.arange(self.flags)
        return (values.astype(np.int64)[:, None] >> places & 1).astype(np.float32)

    def decode(self, codes: NDArray[Any]) -> NDArray[np.int64]:
        return (codes > 0.5) @ (1 << np.arange(self.flags))

    def error(self, estimate: Tensor, codes: Tensor) -> Tensor:
        """Cross-entropy of the estimates as logits, a mean over flags."""
        return F.binary_cross_entropy_with_logits(estimate, codes)

    def require_law(self, law: Any) -> None:
        if law.name not in ("choice", "fixed"):
            raise ValueError(
                f"{self.on} has the law {law.name}, which is no choice of flags; use a condition"
                f" with name: number, or give {self.on} a law with name: choice"
            )
        try:
            self.encode(np.array(getattr(law, "values", None) or (law.value,)))
        except UserError as error:
            raise ValueError(str(error)) from None

    def wrong(self, codes: Tensor) -> Tensor:
        raise TypeError("flags have no wrong label: another set may be nearly right")


Condition = Annotated[Number | Class | Flags, Field(discriminator="name")]


def require_weight(weight: float) -> None:
    if weight <= 0:
        raise ValueError(f"weight must be positive, got {weight}")
