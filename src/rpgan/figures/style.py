"""One look for all figures, and files that are the same bytes whenever the numbers are the same."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from rpgan.errors import UserError
from rpgan.files import replacing

NARROW, WIDE = 3.5, 7.2  # inches: one and two columns of a journal
WIDE_RANGE = 20  # ratio of largest to smallest value from which an axis is logarithmic

# Okabe and Ito's colours, which colour-blind readers can tell apart. A meaning keeps its colour in
# every figure, and its marker and line style say the same again.
TARGET, TRUTH = "black", "#999999"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
MARKERS = ("s", "o", "^", "D", "v", "P")
LINES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1, 1)), "-.", "--")

STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.title_fontsize": 8,
    "figure.titlesize": 8,
    "figure.labelsize": 8,
    "legend.frameon": False,
    "legend.handlelength": 1.8,
    "legend.columnspacing": 1.4,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,  # text stays text
    "svg.hashsalt": "rpgan",
    "savefig.dpi": 200,
    "figure.constrained_layout.use": True,
}
UNDATED = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}


def applied() -> AbstractContextManager[None]:
    """The style, whatever a user's matplotlibrc says, for the length of a `with` block."""
    return matplotlib.style.context(["default", STYLE])


def look(models: Sequence[str], model: str) -> dict[str, Any]:
    """Colour, marker and line style of one of `models`."""
    i = models.index(model) % len(COLOURS)
    return {"color": COLOURS[i], "marker": MARKERS[i], "linestyle": LINES[i]}


def logarithmic(ax: Axes, which: str) -> None:
    """Make axis x or y logarithmic, with plain numbers on it. For limits that stay as they are."""
    ax.set(**{f"{which}scale": "log"})
    low, high = ax.get_xlim() if which == "x" else ax.get_ylim()
    decades = np.log10(high / low)
    numbers = (1, 2, 5) if decades < 1.5 else (1, 3) if decades < 2.5 else (1,)
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(subs=numbers, numticks=10))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def scale(ax: Axes, values: NDArray[np.floating]) -> None:
    """Make the y axis logarithmic if the values on it ask for that."""
    finite = values[np.isfinite(values)]
    if len(finite) and finite.min() > 0 and finite.max() > WIDE_RANGE * finite.min():
        logarithmic(ax, "y")


def legend(figure: Figure, handles: Mapping[str, Any], title: str, columns: int) -> None:
    """One legend above all panels; handles in a tuple are drawn over each other."""
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside upper center",
        ncols=columns,
        title=title,
        handler_map={tuple: HandlerTuple(ndivide=1)},
    )


def message(text: str) -> Figure:
    """A figure that says why there is none."""
    figure = Figure(figsize=(NARROW, 0.7))
    figure.suptitle(text, wrap=True)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write `figure` in the format that the suffix of `path` names, whole or not at all."""
    suffix = path.suffix.removeprefix(".")
    if suffix not in UNDATED:
        raise UserError(f"{path}: figures are written as {', '.join(UNDATED)}, not as {suffix!r}")
    with applied(), replacing(path) as temporary:
        figure.savefig(temporary, format=suffix, metadata=UNDATED[suffix])
