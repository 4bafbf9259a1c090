"""The two errors that are not defects of this package."""


class UserError(ValueError):
    """Something a user can mend: what was wanted, what came, what to change, in one line.

    The command line prints the line and exits with status 2.
    """


class UndefinedLaw(ValueError):
    """A quantity that a law does not have, such as the spectrum of an alpha-stable series."""
