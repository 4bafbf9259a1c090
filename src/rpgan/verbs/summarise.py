"""Gather the scores of all runs of a grid in one table.

By hand it writes that table alone: the digest, the costs and the leaderboard are written where
--digest, --costs and --board say, as the workflow does, and not at all without these options.
"""

from pathlib import Path

from rpgan import layout
from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    options.entries(p, "grid")
    p.add_argument(
        "--sources", type=Path, nargs="+", metavar="FILE", help="metrics.parquet of runs"
    )
    options.files(
        p,
        out="summary to write (.parquet)",
        digest="small JSON of it to write",
        costs="what trainings took (.parquet)",
        board="leaderboard (.md, and .html beside)",
    )


def run(args: given.Args) -> None:
    from rpgan.stages.summarise import summarise

    if args.sources:
        sources, out = args.sources, given.file(args, "out", beside="--sources")
    else:
        params = given.params(args)
        runs = params.runs(args.grid or params.grid)
        sources = [layout.run(*run, "metrics.parquet") for run in runs]
        out = args.out or layout.summary(args.grid)
    summarise(sources, out, args.digest, args.costs, args.board)
