"""Whole numbers: the four-level network with 8-bit weights, rounded so that spikes compute it exactly.

In a layer behind the first, an input is j = 0..4 spikes of 1/4, and a channel's activation is
floor((sum n j + m) / M + 1/2) for weights n / M and bias m / 4M. With M whole, the threshold is a whole
number of weight steps. With m a quarter beside a whole number, no sum ever lies on the edge of a level,
where floats and integers could decide differently. In the first layer inputs are pixels p / 255; there the
bias moves by less than half of what one grey value in one weight step changes.
"""

import numpy as np

from quantise import LEVELS

MOST = 127
GREY = 255


def whole(layers):
    inner = [inner_layer(w, b) for w, b in layers[1:-1]]
    w, b = layers[-1]
    return [first_layer(*layers[0]), *inner, (rounded(w, np.abs(w).max((0, 1, 2)) / MOST), b)]


def rounded(w, step):
    return np.rint(w / step) * step


def inner_layer(w, b):
    """The largest weight of a channel becomes 127 steps, so that whoever divides it by 127 finds the step."""
    most = np.abs(w).max((0, 1, 2))
    m = np.floor(MOST / most)
    n = np.rint(w * m)
    largest = np.abs(w) == most
    n[largest] = np.sign(w[largest]) * MOST
    return n / m, (np.rint(LEVELS * b * m) + 0.25) / (LEVELS * m)


def first_layer(w, b):
    step = np.abs(w).max((0, 1, 2)) / MOST
    grain = step / GREY
    edges = (np.arange(LEVELS) + 0.5) / LEVELS
    tries = b + np.linspace(-0.5, 0.5, 65)[:, None] * grain
    places = (edges[None, :, None] - tries[:, None, :]) / grain
    room = np.abs(places - np.rint(places)).min(1)
    return rounded(w, step), np.take_along_axis(tries, room.argmax(0)[None], 0)[0]
