"""Score the series of a trained generator against the law."""

from rpgan import layout
from rpgan.verbs import given, options

FILES = {
    "samples": "samples.arrow",
    "untrained": "untrained.arrow",
    "metrics": "metrics.parquet",
    "spectra": "spectra.parquet",
    "estimates": "estimates.parquet",
}


def arguments(p: options.Parser) -> None:
    options.entries(p, "dataset", "model")
    options.settings(p)
    options.files(
        p,
        real="test set",
        training="training set",
        floor="values of fresh draws",
        samples="series of the generator",
        untrained="series of its untrained self",
        metrics="scores to write",
        spectra="spectra to write",
        estimates="parameter estimates to write",
    )
    options.replicate(p)
    options.threads(p, "metrics at a time")


def run(args: given.Args) -> None:
    from rpgan.spec import plain
    from rpgan.stages.evaluate import Evaluation, evaluate

    if args.settings is not None:
        evaluation, usual = given.settings(Evaluation, args), {}
    else:
        params = given.params(args, "dataset", "model")
        names = (args.dataset, args.model, args.replicate)
        run = plain(params.run(*names))
        evaluation = Evaluation(battery=params.battery(args.dataset), run=run)
        usual = {name: layout.run(*names, file) for name, file in FILES.items()}
        usual |= {
            "real": layout.series(args.dataset, "test"),
            "training": layout.series(args.dataset, "train"),
            "floor": layout.law(args.dataset, "floor"),
        }
    files = given.files(args, ("real", "training", "floor", *FILES), usual)
    evaluate(evaluation, *files, threads=args.threads)
