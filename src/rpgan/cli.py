"""The command line: `rpgan VERB`. Each verb is a module of `rpgan.verbs`."""

import argparse
import inspect
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from rpgan import __version__
from rpgan.errors import UndefinedLaw, UserError
from rpgan.verbs import (
    doctor,
    evaluate,
    figures,
    floor,
    pictures,
    represent,
    sample,
    score,
    show,
    simulate,
    sound,
    summarise,
    train,
)

VERBS = (
    *(simulate, represent, train, sample, floor, evaluate, score, summarise),
    *(show, pictures, sound, figures, doctor),
)
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


class Parser(argparse.ArgumentParser):
    """Says in one line what it cannot read."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; see {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one verb and exit: 0 done, 2 something that the user can mend."""
    # Sums inside BLAS depend on its number of threads, and so would the last bits of results.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"
    try:
        args = parser().parse_args(arguments)
        from rpgan.provenance import require_unchanged

        require_unchanged()
        args.run(args)
        sys.stdout.flush()
    except BrokenPipeError:  # as of `rpgan show | head`: nobody reads on
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    except (UserError, UndefinedLaw, OSError) as error:  # a disk that is full, a folder for a file
        said = str(error)
    except MemoryError as error:
        said = f"too little memory: {error}"
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        said = f"this needs {package}: pip install 'rpgan[{EXTRAS[package]}]'"
    else:
        sys.exit(0)
    print(f"rpgan: {said}", file=sys.stderr)
    sys.exit(2)


def parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    top = Parser(prog="rpgan", description=DESCRIPTION, formatter_class=raw)
    top.add_argument("--version", action="version", version=f"rpgan {__version__}")
    verbs = top.add_subparsers(required=True, metavar="VERB")
    for verb in VERBS:
        name, text = verb.__name__.rpartition(".")[2], inspect.getdoc(verb) or ""
        p = verbs.add_parser(
            name, help=text.partition("\n")[0], description=text, formatter_class=raw
        )
        p.set_defaults(run=verb.run)
        verb.arguments(p)
    return top
