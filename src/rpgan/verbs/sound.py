"""Make the first series of any file heard, one after the other.

Each is as loud as its peak allows. Spectrograms of recordings are inverted. The rate is that of the
recordings which the series came from or were learnt from, and 16 kHz where there are none:

  rpgan sound samples.arrow --out samples.wav --rate 8000
"""

from pathlib import Path

from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    p.add_argument("file", type=Path, help=".arrow with a column 'series', or .npy")
    p.add_argument("--out", type=Path, required=True, metavar="FILE", help="sound (.wav)")
    p.add_argument("--n", type=int, help="how many series (default: 8)")
    p.add_argument("--rate", type=int, metavar="HZ", help="samples a second (default: the file's)")


def run(args: given.Args) -> None:
    from rpgan.stages.sound import sound

    sound(args.file, args.out, args.n, args.rate)
