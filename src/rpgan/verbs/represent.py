"""Fit a representation to a training set, and write the tensors a network sees.

Trainings with fast.encode_at_load make those tensors themselves, from the series and what
--fit-only has written.
"""

from rpgan import layout
from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    options.entries(p, "dataset", "representation")
    options.settings(p)
    options.files(p, series="series", out="tensors to write")
    p.add_argument("--fit-only", action="store_true", help="write what was learnt, but no tensors")


def run(args: given.Args) -> None:
    from rpgan.encoding import Encoding
    from rpgan.stages.represent import fit, represent

    make, made = (fit, layout.fitted) if args.fit_only else (represent, layout.encoded)
    if args.settings is not None:
        encoding, usual = given.settings(Encoding, args), {}
    else:
        names = (args.dataset, args.representation)
        encoding = given.params(args, "dataset", "representation").encoding(*names)
        usual = {"series": layout.series(args.dataset, "train"), "out": made(*names)}
    make(encoding, *given.files(args, ("series", "out"), usual))
