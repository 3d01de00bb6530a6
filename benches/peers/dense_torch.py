"""The step of `cargo bench --bench whole` as dense tensors in torch, and the ratios to ours.

Nine convolutions of Tiny YOLO (416 x 416, 5.80 M neurons), five average pools of 2 x 2, integrate-and-fire units with a
negative threshold ten times as high, reset by subtraction; the first convolution is done once. One thread. A dense step takes
the same time whatever fires, so weights are random and thresholds one.

usage: dense_torch.py [whole.csv]     (target/bench/whole.csv, of the same session on the same machine)
"""

import csv
import sys
import time

import torch
from torch import nn

CHANNELS = [16, 32, 64, 128, 256, 512, 1024, 1024]
STEPS = 15


class Step(nn.Module):
    def __init__(self):
        super().__init__()
        pairs = zip(CHANNELS, CHANNELS[1:])
        self.convolutions = nn.ModuleList([nn.Conv2d(a, b, 3, padding=1) for a, b in pairs])
        self.head = nn.Conv2d(CHANNELS[-1], 125, 1)

    def forward(self, current, membranes):
        x = fire(membranes[0].add_(current))
        for n, convolution in enumerate(self.convolutions):
            if n < 5:
                x = nn.functional.avg_pool2d(x, 2)
            x = fire(membranes[n + 1].add_(convolution(x)))
        membranes[-1].add_(self.head(x))


def fire(v):
    """Spikes of both signs; `v` loses what they take."""
    up = (v >= 1).to(v.dtype)
    down = (v <= -10).to(v.dtype)
    v.sub_(up).add_(down, alpha=10)
    return up - down


def measure(dtype, layout):
    """Median milliseconds of a step."""
    torch.manual_seed(0)
    step = Step().to(dtype).to(memory_format=layout)
    sides = [416 // 2 ** min(n, 5) for n in range(len(CHANNELS))]
    tensor = lambda c, side: torch.zeros(1, c, side, side, dtype=dtype).contiguous(memory_format=layout)
    membranes = [tensor(c, side) for c, side in zip(CHANNELS, sides)] + [tensor(125, 13)]
    current = torch.rand(1, 16, 416, 416).mul_(0.1).to(dtype).contiguous(memory_format=layout)
    times = []
    with torch.no_grad():
        for _ in range(STEPS):
            # Processor time: other programs on the machine do not count.
            start = time.thread_time()
            step(current, membranes)
            times.append(1000 * (time.thread_time() - start))
    return sorted(times[3:])[len(times[3:]) // 2]


def main():
    torch.set_num_threads(1)
    peers = {
        "float32": measure(torch.float32, torch.contiguous_format),
        "float32 channels-last": measure(torch.float32, torch.channels_last),
        "bfloat16 channels-last": measure(torch.bfloat16, torch.channels_last),
    }
    for name, ms in peers.items():
        print(f"torch {torch.__version__}, {name}: {ms:.1f} ms a step")
    if len(sys.argv) < 2:
        return
    print(f"\n{'ours':44}{'ms':>8}" + "".join(f"{name:>24}" for name in peers))
    with open(sys.argv[1]) as file:
        for row in csv.DictReader(file):
            name = f"{row['pool']} {row['firing']} threads {row['threads']} {row['kernels']} {row['chip']}"
            ms = float(row["step_ms"])
            print(f"{name:44}{ms:8.2f}" + "".join(f"{peer / ms:23.1f}x" for peer in peers.values()))


main()
