"""Whether a source needs a length or has its own."""


def wanted(length: int | None) -> int:
    """`length`, which this source needs."""
    if length is None or length < 1:
        raise ValueError(
            f"this source is cut into windows: give a length of at least 1, not {length}"
        )
    return length


def not_wanted(length: int | None, shape: tuple[int, ...]) -> tuple[int, ...]:
    """`shape`, which this source decides by itself."""
    if length is not None:
        raise ValueError(
            f"the items of this source have shape {shape} by its own settings:"
            f" leave length out, got {length}"
        )
    return shape
