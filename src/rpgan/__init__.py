"""GANs for classical random processes, scored against laws that are known."""

__version__ = "0.1.0"
