"""Train a model on a dataset.

Stop it with Ctrl-C or kill it, and start it again: it goes on from its last checkpoint and ends
with the result of an unbroken training.
"""

from pathlib import Path

from rpgan import layout
from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    options.entries(p, "dataset", "model")
    options.settings(p)
    options.files(
        p,
        tensors="encoded training set",
        series="training set that is encoded at load (fast.encode_at_load)",
        fitted="what its representation learnt",
        generator="trained generator to write",
        history="losses to write",
        unfinished="checkpoint of the unfinished training",
    )
    options.replicate(p)
    options.device(p)
    p.add_argument(
        "--interval",
        type=options.at_least(0, float),
        default=60.0,
        metavar="SECONDS",
        help="of checkpoints",
    )
    p.add_argument(
        "--tensorboard", type=Path, metavar="DIR", help="where to write its curves and pictures"
    )
    p.add_argument(
        "--previews", type=Path, metavar="DIR", help="where to draw what it makes, ten times"
    )


def run(args: given.Args) -> None:
    from rpgan.stages.train import train
    from rpgan.training.run import Run

    usual: dict[str, Path] = {}
    if args.settings is not None:
        run = given.settings(Run, args)
    else:
        params = given.params(args, "dataset", "model")
        names = (args.dataset, args.model, args.replicate)
        run = params.run(*names)
        usual = places(*names, params.recipe(args.model).representation)
    at_load = run.training.fast.encode_at_load
    read = ("series", "fitted") if at_load else ("tensors",)
    source, *fitted = given.files(args, read, usual)
    train(
        run,
        source,
        *given.files(args, ("generator", "history", "unfinished"), usual),
        device=given.device(args),
        interval=args.interval,
        tensorboard=args.tensorboard,
        previews=args.previews,
        fitted=fitted[0] if at_load else None,
    )


def places(dataset: str, model: str, replicate: int, representation: str) -> dict[str, Path]:
    """Where the files of a run are when nobody says otherwise."""
    return {
        "tensors": layout.encoded(dataset, representation),
        "series": layout.series(dataset, "train"),
        "fitted": layout.fitted(dataset, representation),
        "generator": layout.run(dataset, model, replicate, "generator.pt"),
        "history": layout.run(dataset, model, replicate, "history.parquet"),
        "unfinished": layout.unfinished(dataset, model, replicate),
    }
