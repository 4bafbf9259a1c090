"""What the law itself reaches: the floor of every metric, its spectra and its estimates."""

from pathlib import Path

from rpgan import series, tables
from rpgan.battery import Battery
from rpgan.metrics.floor import draw_floor
from rpgan.spec import plain
from rpgan.stages.described import estimates, spectra


def floor(battery: Battery, real: Path, target: Path, spectrum: Path, estimate: Path) -> None:
    """Write the floors for `real`, the test set, and the spectra and estimates of its series."""
    law = battery.real.process
    test = series.read(real, plain(battery.real))
    draws = draw_floor(battery.metrics, law, test, battery.stream(), battery.floor_draws)
    tables.write(target, draws, plain(battery))
    tables.write(spectrum, spectra({"real": test}), plain(battery))
    tables.write(estimate, estimates(law, {"real": test}), plain(battery))
