"""Draw series from a trained generator, and from its untrained self."""

from pathlib import Path

from rpgan import layout
from rpgan.errors import UserError
from rpgan.verbs import given, options

FILES = {
    "generator": "generator.pt",
    "samples": "samples.arrow",
    "untrained": "untrained.arrow",
}


def arguments(p: options.Parser) -> None:
    options.entries(p, "dataset", "model")
    options.settings(p)
    options.files(
        p,
        generator="trained generator",
        samples="its series, to write",
        untrained="series of its untrained self, to write",
    )
    options.replicate(p)
    options.device(p)
    count = options.at_least(1)
    p.add_argument("--n", type=count, help="how many series (default: as many as the test set)")
    p.add_argument("--seed", type=options.at_least(0), help="of other latents than the run's own")
    p.add_argument(
        "--given", type=float, metavar="VALUE", help="what a conditional generator is to make"
    )
    p.add_argument(
        "--maps", type=Path, metavar="DIR", help="label maps that spade is to make images of"
    )
    p.add_argument("--batch", type=count, metavar="N", help="latents at a time (default: 256)")


def run(args: given.Args) -> None:
    from rpgan.stages.sample import BATCH, sample
    from rpgan.training.run import Run

    if args.settings is not None:
        if args.n is None:
            raise UserError("--n is needed with --settings: how many series")
        run, n, usual = given.settings(Run, args), args.n, {}
    else:
        params = given.params(args, "dataset", "model")
        names = (args.dataset, args.model, args.replicate)
        run, n = params.run(*names), args.n or params.datasets[args.dataset].n_test
        usual = {name: layout.run(*names, file) for name, file in FILES.items()}
    sample(
        run,
        n,
        *given.files(args, FILES, usual),
        device=given.device(args),
        seed=args.seed,
        given=args.given,
        maps=args.maps,
        at_once=args.batch or BATCH,
    )
