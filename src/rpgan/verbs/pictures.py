"""Draw the first items of any file of series or images.

Images pixel by pixel; series over time, those of 1024 samples or more by frequency too:

  rpgan pictures results/fgn_h0.7/wavegan/0/samples.arrow --beside data/fgn_h0.7/test.arrow \\
    --out fgn.png
"""

from pathlib import Path

from rpgan.verbs import given, options


def arguments(p: options.Parser) -> None:
    p.add_argument("file", type=Path, help=".arrow with a column 'series', or .npy")
    p.add_argument("--out", type=Path, required=True, metavar="FILE", help="picture (.png, ...)")
    p.add_argument("--beside", type=Path, metavar="FILE", help="what they are to look like")
    p.add_argument("--n", type=int, help="items of each file (default: 16 images or 4 series)")


def run(args: given.Args) -> None:
    from rpgan.stages.pictures import pictures

    pictures(args.file, args.out, args.n, args.beside)
