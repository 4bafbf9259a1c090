"""TensorFlow 1's recurrent layers, which PyTorch has not: one vector of biases, or none.

Each takes (n, steps, inputs) and returns what it puts out at every step, (n, steps, hidden), and
what it ends with. First weights are TensorFlow's: xavier_uniform of input and state as one.
"""

import math
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Cell = Literal["gru", "lstm", "layer_norm_lstm"]


def layer(cell: Cell, inputs: int, hidden: int) -> nn.Module:
    """One recurrent layer, as it is without settings of its own."""
    if cell == "lstm":
        return LSTM(inputs, hidden, bias=0.0)
    return GRU(inputs, hidden) if cell == "gru" else LayerNormLSTM(inputs, hidden)


class LSTM(nn.LSTM):
    """One layer of TensorFlow 1's cells: all biases start at `bias`, and PyTorch's second vector of
    them is no parameter but the 1 that they add to the forget gate.
    """

    def __init__(self, inputs: int, hidden: int, bias: float):
        super().__init__(inputs, hidden, batch_first=True)
        forget = torch.zeros(4, hidden)
        forget[1] = 1.0  # gates: input, forget, cell, output
        del self.bias_hh_l0
        self.register_buffer("bias_hh_l0", forget.flatten())
        self._init_flat_weights()
        for parameter in self.parameters():
            if parameter.ndim == 2:
                uniform_(parameter, inputs + hidden, 4 * hidden)
            else:
                nn.init.constant_(parameter, bias)


class GRU(nn.Module):
    """Cho et al.'s gated recurrent unit [1]_, whose reset gate acts on the state before its matrix.

    PyTorch's acts behind it, and has a second vector of biases.

    References
    ----------
    .. [1] Cho et al. "Learning phrase representations using RNN encoder-decoder for statistical
       machine translation." EMNLP 2014.
    """

    def __init__(self, inputs: int, hidden: int):
        super().__init__()
        self.sizes = [2 * hidden, hidden]  # reset and update gate, candidate
        self.weight_input = nn.Parameter(torch.empty(3 * hidden, inputs))
        self.weight_state = nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias = nn.Parameter(torch.cat([torch.ones(2 * hidden), torch.zeros(hidden)]))
        for weight in (self.weight_input, self.weight_state):
            for part in weight.split(self.sizes):
                uniform_(part, inputs + hidden, len(part))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        to_gates, to_candidate = (w.T for w in self.weight_state.split(self.sizes))
        given = F.linear(x, self.weight_input, self.bias)
        state, found = x.new_zeros(len(x), self.sizes[1]), []
        for at_gates, at_candidate in zip(
            *(part.unbind(1) for part in given.split(self.sizes, 2)), strict=True
        ):
            gates = torch.sigmoid(torch.addmm(at_gates, state, to_gates))
            reset, update = gates.chunk(2, 1)
            candidate = torch.tanh(torch.addmm(at_candidate, reset * state, to_candidate))
            state = torch.lerp(candidate, state, update)
            found.append(state)
        return torch.stack(found, 1), state


class LayerNormLSTM(nn.Module):
    """An LSTM that normalises each gate, and its memory, over its units [1]_.

    1 is added to the forget gate, as in `LSTM`. The variance gets 1e-5 where TensorFlow adds 1e-12,
    with which an input of zeros has a derivative of a million.

    References
    ----------
    .. [1] Ba, Kiros, Hinton. "Layer normalization." 2016, arXiv 1607.06450.
    """

    def __init__(self, inputs: int, hidden: int):
        super().__init__()
        self.hidden = hidden
        self.weight_input = nn.Parameter(torch.empty(4 * hidden, inputs))
        self.weight_state = nn.Parameter(torch.empty(4 * hidden, hidden))
        self.gain = nn.Parameter(torch.ones(5, hidden))  # gates: input, cell, forget, output
        self.shift = nn.Parameter(torch.zeros(5, hidden))  # and last the memory
        for weight in (self.weight_input, self.weight_state):
            uniform_(weight, inputs + hidden, 4 * hidden)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        given = F.linear(x, self.weight_input)
        state = memory = x.new_zeros(len(x), self.hidden)
        found = []
        for at in given.unbind(1):
            gates = torch.addmm(at, state, self.weight_state.T).unflatten(1, (4, self.hidden))
            gates = self.normalised(gates, slice(0, 4))
            enter, new, forget, leave = gates.unbind(1)
            memory = memory * torch.sigmoid(forget + 1) + torch.sigmoid(enter) * torch.tanh(new)
            memory = self.normalised(memory, 4)
            state = torch.tanh(memory) * torch.sigmoid(leave)
            found.append(state)
        return torch.stack(found, 1), state

    def normalised(self, x: Tensor, which: slice | int) -> Tensor:
        return F.layer_norm(x, (self.hidden,)) * self.gain[which] + self.shift[which]


@torch.no_grad()
def uniform_(weight: Tensor, inputs: int, outputs: int) -> None:
    """Xavier's law, of a matrix of that size of which `weight` is a part."""
    bound = math.sqrt(6 / (inputs + outputs))
    weight.uniform_(-bound, bound)
