"""Times a training step or an evaluation in PyTorch, the same work as TrainingStepBenchmark.

Eager mode on one thread: mini-batch gathered by index, dense -> batch norm -> activation,
softmax cross-entropy, and the optimizer in its fused form where PyTorch has one (Adam, SGD), else
in its own choice. An evaluation is loss and error of 10,000 examples in inference mode, all at
once or in pieces of 256, whichever is the faster. Prints one line of JSON.
Usage: training_step.py SHAPE BATCH_SIZE OPTIMIZER ACTIVATION SECONDS
       training_step.py SHAPE evaluate - ACTIVATION SECONDS
"""

import json
import statistics
import sys
import time

import torch
from torch import nn

EXAMPLES = 8192
EVALUATED = 10_000
WARM_UP_STEPS = 100
WARM_UP_EVALUATIONS = 5
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def network(units, activation):
    layers = []
    for fan_in, fan_out in zip(units[:-2], units[1:-1]):
        # Batch norm's shift takes the place of the bias.
        layers += [
            nn.Linear(fan_in, fan_out, bias=False),
            nn.BatchNorm1d(fan_out, momentum=0.1, eps=1e-5),
            ACTIVATIONS[activation](),
        ]
    return nn.Sequential(*layers, nn.Linear(units[-2], units[-1]))


def optimizer_of(name, parameters):
    if name == "adam":
        return torch.optim.Adam(parameters, lr=1e-3, fused=True)
    if name == "rmsprop":
        return torch.optim.RMSprop(parameters, lr=1e-3, alpha=0.999)
    return torch.optim.SGD(parameters, lr=1e-3, momentum=0.9 if name == "momentum" else 0, fused=True)


def times_ms(work, warm_up, seconds):
    """Of single calls, after some that do not count."""
    for _ in range(warm_up):
        work()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        before = time.perf_counter_ns()
        work()
        times.append((time.perf_counter_ns() - before) / 1e6)
    return times


def step_times(units, batch_size, optimizer, activation, seconds):
    model = network(units, activation)
    model.train()
    loss_of = nn.CrossEntropyLoss()
    changes = optimizer_of(optimizer, model.parameters())
    features = torch.randn(EXAMPLES, units[0])
    classes = torch.randint(0, units[-1], (EXAMPLES,))
    order = torch.randint(0, EXAMPLES, (EXAMPLES,))
    start = 0

    def step():
        nonlocal start
        rows = order[start : start + batch_size]
        changes.zero_grad(set_to_none=True)
        loss = loss_of(model(features[rows]), classes[rows])
        loss.backward()
        changes.step()
        start = 0 if start + 2 * batch_size > EXAMPLES else start + batch_size
        return loss.item()  # As ours, which hands the loss to its caller.

    return times_ms(step, WARM_UP_STEPS, seconds)


def evaluation_times(units, activation, seconds):
    model = network(units, activation)
    model.eval()
    features = torch.randn(EVALUATED, units[0])
    classes = torch.randint(0, units[-1], (EVALUATED,))
    loss_of = nn.CrossEntropyLoss(reduction="sum")

    def evaluate(rows):
        loss, wrong = 0.0, 0
        with torch.inference_mode():
            for piece, labels in zip(features.split(rows), classes.split(rows)):
                outputs = model(piece)
                loss += loss_of(outputs, labels).item()
                wrong += (outputs.argmax(1) != labels).sum().item()
        return loss / EVALUATED, wrong / EVALUATED

    ways = [
        times_ms(lambda: evaluate(rows), WARM_UP_EVALUATIONS, seconds / 2)
        for rows in (EVALUATED, 256)
    ]
    return min(ways, key=statistics.median)


def main():
    shape, batch_size, optimizer, activation, seconds = sys.argv[1:]
    torch.set_num_threads(1)
    torch.manual_seed(1)
    units = [int(count) for count in shape.split("-")]
    if batch_size == "evaluate":
        times = evaluation_times(units, activation, float(seconds))
    else:
        times = step_times(units, int(batch_size), optimizer, activation, float(seconds))
    case = {
        "version": torch.__version__,
        "case": sys.argv[1:5],
        "ms": statistics.median(times),
        "fastest_ms": min(times),
    }
    print(json.dumps(case), flush=True)


if __name__ == "__main__":
    main()
