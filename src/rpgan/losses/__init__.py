"""Adversarial losses, one file each.

`discriminator(D, real, fake)` and `generator(D, real, fake)` return named terms: their sum is
minimised, and they are what is logged.
"""

from rpgan.losses.wgan_gp import WGANGP

Loss = WGANGP

__all__ = ["WGANGP", "Loss"]
