"""Score fresh draws from the law: the values that a perfect generator would reach."""

from rpgan import layout
from rpgan.verbs import given, options

TABLES = ("floor", "spectra", "estimates")


def arguments(p: options.Parser) -> None:
    options.entries(p, "dataset")
    options.settings(p)
    options.files(
        p,
        real="test set",
        training="training set",
        floor="values of fresh draws, to write",
        spectra="spectra of the test set, to write",
        estimates="parameter estimates of the test set, to write",
    )
    options.threads(p, "fresh draws at a time; memory grows with them")


def run(args: given.Args) -> None:
    from rpgan.battery import Battery
    from rpgan.stages.floor import floor

    if args.settings is not None:
        battery, usual = given.settings(Battery, args), {}
    else:
        battery = given.params(args, "dataset").battery(args.dataset)
        usual = {table: layout.law(args.dataset, table) for table in TABLES}
        usual |= {
            "real": layout.series(args.dataset, "test"),
            "training": layout.series(args.dataset, "train"),
        }
    files = given.files(args, ("real", "training", *TABLES), usual)
    floor(battery, *files, threads=args.threads)
