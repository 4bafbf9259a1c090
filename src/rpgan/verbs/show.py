"""Print a table of scores for people."""

from pathlib import Path

from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    p.add_argument("table", type=Path, nargs="?", default=Path("results/summary.parquet"))
    p.add_argument("--all", action="store_true", help="every metric and replicate")


def run(args: given.Args) -> None:
    from rpgan.stages.show import show

    show(args.table, everything=args.all)
