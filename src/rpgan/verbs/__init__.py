"""The verbs of the command line: what each is given, and which stage it runs.

A verb is one module. The module's docstring is its help, `arguments` says what may follow it, and
`run` runs it. What only a run needs is imported there: help must appear at once, and some stages
need torch or matplotlib.
"""
