"""Say what is installed and which devices there are, and train the smallest model."""

from rpgan.verbs import given, options


def arguments(_: options.Parser) -> None:
    """It takes none."""


def run(args: given.Args) -> None:
    from rpgan.stages.doctor import doctor

    doctor()
