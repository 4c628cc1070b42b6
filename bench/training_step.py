"""Times one training step of PyTorch, the same work as TrainingStepBenchmark.

Eager mode on one thread: mini-batch gathered by index, dense -> batch norm -> ReLU,
softmax cross-entropy, Adam in its fused form. Prints one line of JSON for each case.
Usage: training_step.py [seconds per case]
"""

import json
import statistics
import sys
import time

import torch
from torch import nn

SHAPES = ([784, 256, 128, 10], [64, 50, 50, 10])
BATCH_SIZES = (64, 256)
EXAMPLES = 8192
WARM_UP_STEPS = 100


def network(units):
    layers = []
    for fan_in, fan_out in zip(units[:-2], units[1:-1]):
        # Batch norm's shift takes the place of the bias.
        layers += [
            nn.Linear(fan_in, fan_out, bias=False),
            nn.BatchNorm1d(fan_out, momentum=0.1, eps=1e-5),
            nn.ReLU(),
        ]
    return nn.Sequential(*layers, nn.Linear(units[-2], units[-1]))


def step_ms(units, batch_size, seconds):
    torch.manual_seed(1)
    model = network(units)
    model.train()
    loss_of = nn.CrossEntropyLoss()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    features = torch.randn(EXAMPLES, units[0])
    classes = torch.randint(0, units[-1], (EXAMPLES,))
    order = torch.randint(0, EXAMPLES, (EXAMPLES,))

    def step(start):
        rows = order[start : start + batch_size]
        adam.zero_grad(set_to_none=True)
        loss = loss_of(model(features[rows]), classes[rows])
        loss.backward()
        adam.step()
        return loss.item()  # As ours, which hands the loss to its caller.

    times = []
    start = 0
    end = None
    while end is None or time.perf_counter() < end:
        before = time.perf_counter_ns()
        step(start)
        times.append((time.perf_counter_ns() - before) / 1e6)
        start = 0 if start + 2 * batch_size > EXAMPLES else start + batch_size
        if end is None and len(times) == WARM_UP_STEPS:
            times.clear()
            end = time.perf_counter() + seconds
    return statistics.median(times), min(times)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    torch.set_num_threads(1)
    for units in SHAPES:
        for batch_size in BATCH_SIZES:
            median, fastest = step_ms(units, batch_size, seconds)
            case = {
                "engine": "PyTorch",
                "version": torch.__version__,
                "shape": "-".join(map(str, units)),
                "batch_size": batch_size,
                "ms": median,
                "fastest_ms": fastest,
            }
            print(json.dumps(case), flush=True)


if __name__ == "__main__":
    main()
