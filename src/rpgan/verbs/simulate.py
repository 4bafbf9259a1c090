"""Draw the training and the test set of a dataset, or take them from its recordings."""

from rpgan import layout
from rpgan.errors import UserError
from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    options.entries(p, "dataset")
    options.settings(p)
    options.files(p, out="series to write")


def run(args: given.Args) -> None:
    from rpgan.draw import PARTS, Draw
    from rpgan.stages.simulate import simulate

    if args.settings is not None:
        simulate(given.settings(Draw, args), given.file(args, "out"))
        return
    if args.out:
        raise UserError("--out names one file, and a dataset has two, train and test; leave it out")
    params = given.params(args, "dataset")
    for part in PARTS:
        simulate(params.draw(args.dataset, part), layout.series(args.dataset, part))
