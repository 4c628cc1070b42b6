#!/usr/bin/env python3
"""Records training curves of PyTorch for PyTorchCurveTest to hold the backends against.

    pip install torch
    python worker/src/test/python/record_pytorch.py DIGITS.csv.gz

DIGITS.csv.gz is the digits data that ships with Caviar: 1,797 rows of 64 grey levels 0..16 and the
digit. Each recording is one gzipped text file beside the test (src/test/resources), readable with
zcat. A line is a name and its values, separated by spaces:

    torch, python, data_sha256          how it was made
    hidden_units, activation, ...       the network and the optimizer's settings, Caviar's names
    initial.layer0.weights, ...         before the first step, shapes as in NetworkState
    loss                                of each step's mini-batch, before the step, without L2
    final.layer0.weights, ...           after the last step, running statistics included
    evaluation                          loss and error of the final network over the first 500 rows

Step k (from 0) trains on rows k*B to k*B+B-1 of the data, going round at the end. Inputs are the
grey levels divided by 16. A classification's target is the digit; a regression has two targets, the
digit divided by 10 and the mean of the row's inputs.
"""

import gzip
import hashlib
import io
import pathlib
import platform
import sys

import numpy as np
import torch

RESOURCES = pathlib.Path(__file__).parents[1] / "resources/dev/caviar/worker/backend"
ACTIVATIONS = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}

DEFAULTS = dict(
    hidden_units=[16, 12],
    activation="relu",
    loss_function="softmax_cross_entropy",
    batch_norm=True,
    optimizer="adam",
    learning_rate=0.01,
    l2=0.0,
    batch_size=64,
    steps=100,
)

RECORDINGS = {
    "adam": dict(hidden_units=[50, 50], steps=300),
    "adam-l2": dict(l2=0.01),
    "adam-without-batch-norm": dict(batch_norm=False),
    "adam-odd-batch": dict(hidden_units=[17, 9], batch_size=33),
    "sgd-tanh": dict(optimizer="sgd", activation="tanh", learning_rate=0.5),
    "momentum": dict(optimizer="momentum", learning_rate=0.3),
    "momentum-regression-without-batch-norm": dict(
        optimizer="momentum", loss_function="squared_error", batch_norm=False, learning_rate=0.1, l2=0.001
    ),
    "rmsprop-sigmoid": dict(optimizer="rmsprop", activation="sigmoid"),
    "adam-regression-tanh": dict(loss_function="squared_error", activation="tanh"),
}

MOMENTUM, BETA1, BETA2, EPSILON = 0.9, 0.9, 0.999, 1e-8


class Network(torch.nn.Module):
    """Dense -> batch norm -> activation, then a dense output layer with a bias."""

    def __init__(self, hidden_units, outputs, activation, batch_norm):
        super().__init__()
        self.dense = torch.nn.ModuleList()
        self.norms = torch.nn.ModuleList()
        self.activation = ACTIVATIONS[activation]()
        width = 64
        for units in hidden_units:
            self.dense.append(torch.nn.Linear(width, units, bias=not batch_norm))
            # PyTorch's momentum is the share of the new value, Caviar's that of the old.
            norm = torch.nn.BatchNorm1d(units, eps=1e-5, momentum=1 - 0.9)
            self.norms.append(norm if batch_norm else torch.nn.Identity())
            width = units
        self.dense.append(torch.nn.Linear(width, outputs))

    def forward(self, x):
        for dense, norm in zip(self.dense, self.norms):
            x = self.activation(norm(dense(x)))
        return self.dense[-1](x)

    def tensors(self):
        """By the names of NetworkState."""
        found = {}
        for i, dense in enumerate(self.dense):
            # PyTorch keeps weights as outputs x inputs.
            found[f"layer{i}.weights"] = dense.weight.detach().T
            if dense.bias is not None:
                found[f"layer{i}.bias"] = dense.bias.detach()
            if i < len(self.norms) and isinstance(self.norms[i], torch.nn.BatchNorm1d):
                norm = self.norms[i]
                found[f"layer{i}.gamma"] = norm.weight.detach()
                found[f"layer{i}.beta"] = norm.bias.detach()
                found[f"layer{i}.running_mean"] = norm.running_mean
                found[f"layer{i}.running_variance"] = norm.running_var
        return {name: t.clone().contiguous().flatten().tolist() for name, t in found.items()}


def optimizer(network, name, learning_rate, l2):
    weights = [p for n, p in network.named_parameters() if n.startswith("dense") and p.dim() == 2]
    others = [p for p in network.parameters() if not any(p is w for w in weights)]
    # L2 on weight matrices only; PyTorch adds weight_decay * w to the gradient in all of these.
    groups = [{"params": weights, "weight_decay": l2}, {"params": others, "weight_decay": 0.0}]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=learning_rate)
    if name == "momentum":
        # PyTorch sums b = momentum*b + g where Caviar averages v = momentum*v + (1-momentum)*g.
        # Both start at 0, so v = (1-momentum)*b at every step. (PyTorch's dampening is no way to
        # the average: it leaves the first step undamped.)
        return torch.optim.SGD(groups, lr=learning_rate * (1 - MOMENTUM), momentum=MOMENTUM)
    if name == "rmsprop":
        return torch.optim.RMSprop(groups, lr=learning_rate, alpha=BETA2, eps=EPSILON)
    return torch.optim.Adam(groups, lr=learning_rate, betas=(BETA1, BETA2), eps=EPSILON)


def record(inputs, digits, settings):
    torch.manual_seed(1)
    regression = settings["loss_function"] == "squared_error"
    if regression:
        targets = torch.stack([(digits.double() / 10).float(), inputs.mean(dim=1)], dim=1)
        loss_function = torch.nn.MSELoss()
    else:
        targets = digits
        loss_function = torch.nn.CrossEntropyLoss()
    network = Network(
        settings["hidden_units"],
        2 if regression else 10,
        settings["activation"],
        settings["batch_norm"],
    )
    initial = network.tensors()
    update = optimizer(
        network, settings["optimizer"], settings["learning_rate"], settings["l2"]
    )
    losses = []
    for step in range(settings["steps"]):
        rows = torch.arange(step * settings["batch_size"], (step + 1) * settings["batch_size"])
        rows = rows % len(inputs)
        loss = loss_function(network(inputs[rows]), targets[rows])
        update.zero_grad()
        loss.backward()
        update.step()
        losses.append(loss.item())
    network.eval()
    with torch.no_grad():
        outputs = network(inputs[:500])
        loss = loss_function(outputs, targets[:500]).item()
        if regression:
            error = loss**0.5
        else:
            error = (outputs.argmax(dim=1) != targets[:500]).float().mean().item()
    return initial, losses, network.tensors(), [loss, error]


def numbers(values):
    # Nine significant digits give every float32 back exactly.
    return " ".join(f"{value:.9g}" for value in values)


def main(data):
    torch.set_num_threads(1)
    content = gzip.decompress(pathlib.Path(data).read_bytes())
    rows = np.loadtxt(io.BytesIO(content), delimiter=",", dtype=np.int64)
    inputs = torch.from_numpy(rows[:, :64]).float() / 16
    digits = torch.from_numpy(rows[:, 64])
    RESOURCES.mkdir(parents=True, exist_ok=True)
    for name, changes in RECORDINGS.items():
        settings = DEFAULTS | changes
        initial, losses, final, evaluation = record(inputs, digits, settings)
        lines = [
            f"torch {torch.__version__}",
            f"python {platform.python_version()}",
            f"data_sha256 {hashlib.sha256(content).hexdigest()}",
        ]
        for key, value in settings.items():
            text = " ".join(map(str, value)) if isinstance(value, list) else str(value).lower()
            lines.append(f"{key} {text}")
        lines += [f"initial.{key} {numbers(values)}" for key, values in initial.items()]
        lines.append(f"loss {numbers(losses)}")
        lines += [f"final.{key} {numbers(values)}" for key, values in final.items()]
        lines.append(f"evaluation {numbers(evaluation)}")
        # No file name and no time in the header: the same numbers give the same bytes.
        packed = gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0)
        path = RESOURCES / f"pytorch-{name}.txt.gz"
        path.write_bytes(packed)
        print(f"{path.name}: {len(packed)} bytes, loss {losses[0]:.4f} to {losses[-1]:.4f}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
