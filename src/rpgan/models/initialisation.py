"""First weights of a network, the same choice for every kind of layer."""

from typing import Literal

from torch import nn

WeightInit = Literal[
    "uniform",
    "normal",
    "xavier_uniform",
    "xavier_normal",
    "kaiming_uniform",
    "kaiming_normal",
    "orthogonal",
    "pytorch",
    "legacy",
    "tensorflow",
    "dcgan",
]

MENU = {"legacy": "kaiming_normal", "tensorflow": "xavier_uniform", "dcgan": "normal"}


def initialise(network: nn.Module, weight_init: WeightInit) -> None:
    """Draw every weight anew, by PyTorch's initialiser of that name with its own defaults.

    Vectors, such as biases and the scales of normalisations, keep PyTorch's default; `pytorch`
    leaves all as it is. `legacy` is what NoiseGAN's code did when asked for kaiming_normal: its
    two-dimensional convolutions were left out. `tensorflow` is what TensorFlow and Keras do unless
    told otherwise: xavier_uniform, and biases are 0. `dcgan` are the laws of Radford et al.
    "Unsupervised representation learning with deep convolutional generative adversarial networks."
    ICLR 2016: weights N(0, 0.02^2), scales of normalisations N(1, 0.02^2), and biases are 0.
    """
    if weight_init == "pytorch":
        return
    initialiser = getattr(nn.init, f"{MENU.get(weight_init, weight_init)}_")
    deviation = {"std": 0.02} if weight_init == "dcgan" else {}

    def draw(module: nn.Module) -> None:
        if weight_init == "legacy" and isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            return
        for part, parameter in module.named_parameters(recurse=False):
            if part.startswith("weight") and parameter.ndim >= 2:
                initialiser(parameter, **deviation)
            elif weight_init == "dcgan" and part == "weight":
                nn.init.normal_(parameter, 1.0, 0.02)
            elif weight_init in ("tensorflow", "dcgan") and part.startswith("bias"):
                nn.init.zeros_(parameter)

    network.apply(draw)
