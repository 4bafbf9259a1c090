"""Draw every figure of the grid that params.yaml names, and write its tables."""

from pathlib import Path
from typing import Any

from rpgan import layout
from rpgan.errors import UserError
from rpgan.exhibits import FIGURES, TABLES
from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    options.entries(p)
    p.add_argument("--settings", metavar="JSON", help="kind and family of one figure or table")
    p.add_argument(
        "--out",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="that figure: .pdf .svg .png; that table: .csv .md",
    )
    help_ = "where data/ and results/ are (default: here)"
    p.add_argument("--root", type=Path, default=Path(), metavar="DIR", help=help_)


def run(args: given.Args) -> None:
    from rpgan.settings import build
    from rpgan.stages.figures import Family, draw

    if args.settings is not None:
        if not args.out:
            raise UserError("--out is needed with --settings")
        one = given.settings(dict[str, Any], args)
        family = build(Family, one.get("family"), "--settings: family")
        draw(one.get("kind", ""), family, args.out, args.root)
        return
    if args.out:
        raise UserError("--out names one figure; --settings says which, or leave both out")
    params = given.params(args)
    for name, family in params.families().items():
        for of, places in ((FIGURES, layout.figures), (TABLES, layout.tables)):
            for kind in params.kinds(of, name):
                draw(kind, build(Family, family), places(f"{kind}_{name}"), args.root)
