"""Score any set of series against the law of a dataset, and print the table."""

from pathlib import Path

from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    options.entries(p)
    p.add_argument("file", type=Path, help=".arrow with a column 'series', .npy, or NoiseGAN's .h5")
    p.add_argument("--dataset", required=True, help="whose law the series are held against")
    p.add_argument("--out", type=Path, metavar="FILE", help="table to write (.parquet)")
    options.threads(p, "metrics and fresh draws at a time; memory grows with them")


def run(args: given.Args) -> None:
    from rpgan.stages.score import score

    score(given.params(args).battery(args.dataset), args.file, args.out, args.threads)
