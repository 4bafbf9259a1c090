"""The command line: `rpgan VERB`. Each verb is one stage: settings and files in, files out."""

import argparse
import inspect
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from rpgan import __version__, layout
from rpgan.errors import UndefinedLaw, UserError

if TYPE_CHECKING:
    import torch

    from rpgan.params import Params

Args = argparse.Namespace

EXTRAS = {  # what the base install leaves out
    "torch": "train",
    "matplotlib": "figures",
    "PIL": "images",
    "soundfile": "audio",
}

DESCRIPTION = """\
GANs for classical random processes, scored against laws that are known.

Verbs name entries of params.yaml and use the files of data/ and results/, for example

  rpgan simulate fgn_h0.7                 # data/fgn_h0.7/train.arrow and test.arrow
  rpgan represent fgn_h0.7 waveform       # the tensors that a network sees
  rpgan train fgn_h0.7 wavegan            # results/fgn_h0.7/wavegan/0/generator.pt
  rpgan sample fgn_h0.7 wavegan
  rpgan floor fgn_h0.7                    # what a perfect generator would reach
  rpgan evaluate fgn_h0.7 wavegan
  rpgan score mine.arrow --dataset fgn_h0.7
  rpgan pictures mine.arrow --out mine.png

or take everything from the command line: --settings with JSON, and each file by its option.
`snakemake --cores all results/fgn_h0.7/wavegan/metrics.parquet` runs them all in order.
"""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit: 0 done, 2 something that the user can mend."""
    # Sums inside BLAS depend on its number of threads, and so would the last bits of results.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
    args = parser().parse_args(arguments)
    try:
        from rpgan.provenance import require_unchanged

        require_unchanged()
        args.verb(args)
        sys.stdout.flush()
    except (UserError, UndefinedLaw) as error:
        print(f"rpgan: {error}", file=sys.stderr)
        sys.exit(2)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        install = f"pip install 'rpgan[{EXTRAS[package]}]'"
        print(f"rpgan: this needs {package}: {install}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # as of `rpgan show | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(prog="rpgan", description=DESCRIPTION, formatter_class=raw)
    top.add_argument("--version", action="version", version=f"rpgan {__version__}")
    verbs = top.add_subparsers(required=True, metavar="VERB")

    def add(verb: Any, *names: str, **files: str) -> argparse.ArgumentParser:
        """A verb on entries `names` of params.yaml, or on --settings and `files`."""
        doc = inspect.cleandoc(verb.__doc__ or "")
        p = verbs.add_parser(
            verb.__name__.rstrip("_"),
            help=doc.splitlines()[0],
            description=doc,
            formatter_class=raw,
        )
        p.set_defaults(verb=verb)
        for name in names:
            p.add_argument(name, nargs="?", metavar=name.upper(), help=f"entry of {name}s")
        p.add_argument(
            "--params",
            type=Path,
            default=Path("params.yaml"),
            metavar="FILE",
            help="where entries are defined (default: params.yaml)",
        )
        if files:
            p.add_argument("--settings", metavar="JSON", help="instead of names in params.yaml")
        for name, help_ in files.items():
            p.add_argument(f"--{name}", type=Path, metavar="FILE", help=help_)
        return p

    p = add(simulate, "dataset", out="series to write")
    p = add(represent, "dataset", "representation", series="series", out="tensors to write")
    p.add_argument("--fit-only", action="store_true", help="write what was learnt, but no tensors")
    p = add(
        train,
        "dataset",
        "model",
        tensors="encoded training set",
        series="training set that is encoded at load (fast.encode_at_load)",
        fitted="what its representation learnt",
        generator="trained generator to write",
        history="losses to write",
        unfinished="checkpoint of the unfinished training",
    )
    _add_replicate(p)
    _add_device(p)
    p.add_argument("--interval", type=float, default=60, metavar="SECONDS", help="of checkpoints")
    p.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="where to write its curves and pictures"
    )
    p.add_argument(
        "--previews", type=Path, metavar="DIR", help="where to draw what it makes, ten times"
    )
    p = add(
        sample,
        "dataset",
        "model",
        generator="trained generator",
        samples="its series, to write",
        untrained="series of its untrained self, to write",
    )
    _add_replicate(p)
    _add_device(p)
    p.add_argument("--n", type=int, help="how many series (default: as many as the test set)")
    p.add_argument("--seed", type=int, help="of other latents than the run's own")
    p.add_argument(
        "--given", type=float, metavar="VALUE", help="what a conditional generator is to make"
    )
    p.add_argument("--batch", type=int, metavar="N", help="latents at a time (default: 256)")
    p = add(
        floor,
        "dataset",
        real="test set",
        floor="values of fresh draws, to write",
        spectra="spectra of the test set, to write",
        estimates="parameter estimates of the test set, to write",
    )
    _add_threads(p, "fresh draws at a time; memory grows with them")
    p = add(
        evaluate,
        "dataset",
        "model",
        real="test set",
        floor="values of fresh draws",
        samples="series of the generator",
        untrained="series of its untrained self",
        metrics="scores to write",
        spectra="spectra to write",
        estimates="parameter estimates to write",
    )
    _add_replicate(p)
    _add_threads(p, "metrics at a time")
    p = add(score)
    p.add_argument("file", type=Path, help=".arrow with a column 'series', .npy, or NoiseGAN's .h5")
    p.add_argument("--dataset", required=True, help="whose law the series are held against")
    p.add_argument("--out", type=Path, metavar="FILE", help="table to write (.parquet)")
    _add_threads(p, "metrics and fresh draws at a time; memory grows with them")
    p = add(summarise, "grid")
    p.add_argument(
        "--sources", type=Path, nargs="+", metavar="FILE", help="metrics.parquet of runs"
    )
    p.add_argument("--out", type=Path, metavar="FILE", help="summary to write (.parquet)")
    p.add_argument("--digest", type=Path, metavar="FILE", help="small JSON of it to write")
    p.add_argument("--costs", type=Path, metavar="FILE", help="what trainings took (.parquet)")
    p.add_argument("--board", type=Path, metavar="FILE", help="leaderboard (.md, and .html beside)")
    p = add(show)
    p.add_argument("table", type=Path, nargs="?", default=Path("results/summary.parquet"))
    p.add_argument("--all", action="store_true", help="every metric and replicate")
    p = add(pictures)
    p.add_argument("file", type=Path, help=".arrow with a column 'series', or .npy")
    p.add_argument("--out", type=Path, required=True, metavar="FILE", help="picture (.png, ...)")
    p.add_argument("--beside", type=Path, metavar="FILE", help="what they are to look like")
    p.add_argument("--n", type=int, help="items of each file (default: 16 images or 4 series)")
    p = add(sound)
    p.add_argument("file", type=Path, help=".arrow with a column 'series', or .npy")
    p.add_argument("--out", type=Path, required=True, metavar="FILE", help="sound (.wav)")
    p.add_argument("--n", type=int, help="how many series (default: 8)")
    p.add_argument("--rate", type=int, metavar="HZ", help="samples a second (default: the file's)")
    p = add(figures)
    p.add_argument("--settings", metavar="JSON", help="kind and family of one figure or table")
    p.add_argument(
        "--out",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="that figure: .pdf .svg .png; that table: .csv .md",
    )
    add(doctor)
    return top


def _add_replicate(p: argparse.ArgumentParser) -> None:
    p.add_argument("--replicate", type=int, default=0, metavar="R", help="number of the training")


def _add_threads(p: argparse.ArgumentParser, what: str) -> None:
    n = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    p.add_argument(
        "--threads", type=int, default=n, metavar="N", help=f"{what} (default: one per CPU)"
    )


def _add_device(p: argparse.ArgumentParser) -> None:
    choices = ["auto", "cpu", "cuda"]
    p.add_argument("--device", default="auto", choices=choices, help="auto: a GPU if there is one")


def simulate(args: Args) -> None:
    """Draw the training and the test set of a dataset, or take them from its recordings."""
    from rpgan.draw import Draw
    from rpgan.stages.simulate import simulate

    if args.settings:
        return simulate(_settings(Draw, args), _file(args, "out"))
    params = _params(args, "dataset")
    for part in ("train", "test"):
        simulate(params.draw(args.dataset, part), args.out or layout.series(args.dataset, part))
    return None


def represent(args: Args) -> None:
    """Fit a representation to a training set, and write the tensors a network sees.

    Trainings with fast.encode_at_load make those tensors themselves, from the series and what
    --fit-only has written.
    """
    from rpgan.encoding import Encoding
    from rpgan.stages.represent import fit, represent

    make, made = (fit, layout.fitted) if args.fit_only else (represent, layout.encoded)
    if args.settings:
        return make(_settings(Encoding, args), _file(args, "series"), _file(args, "out"))
    params = _params(args, "dataset", "representation")
    return make(
        params.encoding(args.dataset, args.representation),
        args.series or layout.series(args.dataset, "train"),
        args.out or made(args.dataset, args.representation),
    )


def train(args: Args) -> None:
    """Train a model on a dataset.

    Stop it with Ctrl-C or kill it, and start it again: it goes on from its last checkpoint and ends
    with the result of an unbroken training.
    """
    from rpgan.stages.train import train
    from rpgan.training.run import Run

    if args.settings:
        run, usual = _settings(Run, args), {}
    else:
        params = _params(args, "dataset", "model")
        names = (args.dataset, args.model, args.replicate)
        run, encoding = params.run(*names), (args.dataset, params.recipe(args.model).representation)
        usual = {
            "tensors": layout.encoded(*encoding),
            "series": layout.series(args.dataset, "train"),
            "fitted": layout.fitted(*encoding),
            "generator": layout.run(*names, "generator.pt"),
            "history": layout.run(*names, "history.parquet"),
            "unfinished": layout.unfinished(*names),
        }

    def path(name: str) -> Path:
        return getattr(args, name) or usual.get(name) or _file(args, name)

    at_load = run.training.fast.encode_at_load
    source = "series" if at_load else "tensors"
    train(
        run,
        *(path(name) for name in (source, "generator", "history", "unfinished")),
        device=_device(args),
        interval=args.interval,
        tensorboard=args.tensorboard,
        previews=args.previews,
        fitted=path("fitted") if at_load else None,
    )


def sample(args: Args) -> None:
    """Draw series from a trained generator, and from its untrained self."""
    from rpgan.stages.sample import sample
    from rpgan.training.run import Run

    files = {
        "generator": "generator.pt",
        "samples": "samples.arrow",
        "untrained": "untrained.arrow",
    }
    if args.settings:
        if not args.n:
            raise UserError("--n is needed with --settings: how many series")
        run, n, paths = _settings(Run, args), args.n, [_file(args, name) for name in files]
    else:
        params = _params(args, "dataset", "model")
        names = (args.dataset, args.model, args.replicate)
        run, n = params.run(*names), args.n or params.datasets[args.dataset].n_test
        paths = [getattr(args, k) or layout.run(*names, file) for k, file in files.items()]
    batch = {} if args.batch is None else {"at_once": args.batch}
    sample(run, n, *paths, device=_device(args), seed=args.seed, given=args.given, **batch)


def floor(args: Args) -> None:
    """Score fresh draws from the law: the values that a perfect generator would reach."""
    from rpgan.battery import Battery
    from rpgan.stages.floor import floor

    tables = ("floor", "spectra", "estimates")
    if args.settings:
        battery = _settings(Battery, args)
        paths = [_file(args, name) for name in ("real", *tables)]
    else:
        battery = _params(args, "dataset").battery(args.dataset)
        paths = [args.real or layout.series(args.dataset, "test")]
        paths += [getattr(args, name) or layout.law(args.dataset, name) for name in tables]
    floor(battery, *paths, threads=_threads(args))


def evaluate(args: Args) -> None:
    """Score the series of a trained generator against the law."""
    from rpgan.stages.evaluate import Evaluation, evaluate

    files = {
        "samples": "samples.arrow",
        "untrained": "untrained.arrow",
        "metrics": "metrics.parquet",
        "spectra": "spectra.parquet",
        "estimates": "estimates.parquet",
    }
    if args.settings:
        evaluation = _settings(Evaluation, args)
        paths = [_file(args, name) for name in ("real", "floor", *files)]
    else:
        from rpgan.spec import plain

        params = _params(args, "dataset", "model")
        names = (args.dataset, args.model, args.replicate)
        run = plain(params.run(*names))
        evaluation = Evaluation(battery=params.battery(args.dataset), run=run)
        paths = [
            args.real or layout.series(args.dataset, "test"),
            args.floor or layout.law(args.dataset, "floor"),
        ]
        paths += [getattr(args, k) or layout.run(*names, file) for k, file in files.items()]
    evaluate(evaluation, *paths, threads=_threads(args))


def score(args: Args) -> None:
    """Score any set of series against the law of a dataset, and print the table."""
    from rpgan.stages.score import score

    score(_params(args).battery(args.dataset), args.file, args.out, _threads(args))


def summarise(args: Args) -> None:
    """Gather the scores of all runs of a grid in one table.

    By hand it writes that table alone: the digest, the costs and the leaderboard are written where
    --digest, --costs and --board say, as the workflow does, and not at all without these options.
    """
    from rpgan.stages.summarise import summarise

    if args.sources:
        out = _file(args, "out")
        return summarise(args.sources, out, args.digest, args.costs, args.board)
    params = _params(args)
    grid = args.grid or params.grid
    sources = [layout.run(*run, "metrics.parquet") for run in params.runs(grid)]
    out = args.out or layout.summary(args.grid)
    return summarise(sources, out, args.digest, args.costs, args.board)


def show(args: Args) -> None:
    """Print a table of scores for people."""
    from rpgan.stages.show import show

    show(args.table, everything=args.all)


def pictures(args: Args) -> None:
    """Draw the first items of any file of series or images.

    Images pixel by pixel; series over time, those of 1024 samples or more by frequency too:

      rpgan pictures results/fgn_h0.7/wavegan/0/samples.arrow --beside data/fgn_h0.7/test.arrow \\
        --out fgn.png
    """
    from rpgan.stages.pictures import pictures

    pictures(args.file, args.out, args.n, args.beside)


def sound(args: Args) -> None:
    """Make the first series of any file heard, one after the other.

    Each is as loud as its peak allows. Spectrograms of recordings are inverted. The rate is that of
    the recordings which the series came from or were learnt from, and 16 kHz where there are none:

      rpgan sound samples.arrow --out samples.wav --rate 8000
    """
    from rpgan.stages.sound import sound

    sound(args.file, args.out, args.n, args.rate)


def figures(args: Args) -> None:
    """Draw every figure of the grid that params.yaml names, and write its tables."""
    from rpgan.exhibits import FIGURES, TABLES
    from rpgan.settings import build
    from rpgan.stages.figures import Family, draw

    if args.settings:
        given = _json(args)
        if not args.out:
            raise UserError("--out is needed with --settings")
        return draw(given.get("kind"), build(Family, given.get("family"), "--settings"), args.out)
    params = _params(args)
    for name, family in params.families().items():
        for of, places in ((FIGURES, layout.figures), (TABLES, layout.tables)):
            for kind in params.kinds(of, name):
                draw(kind, build(Family, family), places(f"{kind}_{name}"))
    return None


def doctor(args: Args) -> None:
    """Say what is installed and which devices there are, and train the smallest model."""
    from rpgan.stages.doctor import doctor

    doctor()


def _params(args: Args, *names: str) -> "Params":
    """params.yaml, once the names that the verb needs were given."""
    from rpgan.params import load

    missing = [name for name in names if getattr(args, name) is None]
    if missing:
        raise UserError(f"{' and '.join(missing).upper()} missing; see rpgan --help")
    return load(args.params)


def _settings(kind: type[Any], args: Args) -> Any:
    from rpgan.settings import build

    return build(kind, _json(args), "--settings")


def _json(args: Args) -> Any:
    try:
        return json.loads(args.settings)
    except json.JSONDecodeError as error:
        raise UserError(f"--settings: wanted JSON, got {args.settings!r} ({error})") from None


def _file(args: Args, name: str) -> Path:
    path = getattr(args, name)
    if path is None:
        raise UserError(f"--{name} is needed with --settings")
    return path


def _threads(args: Args) -> int:
    if args.threads < 1:
        raise UserError(f"--threads must be at least 1, got {args.threads}")
    return args.threads


def _device(args: Args) -> "torch.device":
    import torch

    if args.device == "cuda" and not torch.cuda.is_available():
        raise UserError("--device cuda: PyTorch finds no GPU here; see rpgan doctor")
    found = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(found if args.device == "auto" else args.device)
