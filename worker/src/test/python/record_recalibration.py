#!/usr/bin/env python3
"""Records running statistics that PyTorch makes anew, for RecalibrationTest to hold Caviar's against.

    pip install torch
    python worker/src/test/python/record_recalibration.py DIGITS.csv.gz

The networks are those that record_pytorch.py left at the end of its recordings, which are read, not
made again. torch.optim.swa_utils.update_bn goes over all rows of the data in their order, in
mini-batches of a size; a last one of a single row is left out, as PyTorch refuses it. The running
statistics of before are overwritten with nonsense first. One gzipped text file, of lines:

    torch, python                                   how it was made
    NAME.BATCH.layer0.running_mean, ...variance     of the recording NAME, in mini-batches of BATCH
"""

import gzip
import io
import pathlib
import platform
import sys

import numpy as np
import torch

from record_pytorch import DEFAULTS, RECORDINGS, RESOURCES, Network, numbers

NAMES = ["adam", "adam-odd-batch", "rmsprop-sigmoid", "adam-regression-tanh"]
# 1,797 rows: 28 of 64 and 5 left; 4 of 449 and 1 left; all at once.
BATCHES = [64, 449, 1797]


def final_network(name):
    settings = DEFAULTS | RECORDINGS[name]
    outputs = 2 if settings["loss_function"] == "squared_error" else 10
    network = Network(settings["hidden_units"], outputs, settings["activation"], True)
    lines = gzip.decompress((RESOURCES / f"pytorch-{name}.txt.gz").read_bytes()).decode().splitlines()
    recorded = {key: value for key, value in (line.split(" ", 1) for line in lines)}

    def tensor(key):
        return torch.tensor([float(word) for word in recorded[f"final.{key}"].split()])

    with torch.no_grad():
        for i, dense in enumerate(network.dense):
            weights = tensor(f"layer{i}.weights").reshape(dense.in_features, dense.out_features)
            dense.weight.copy_(weights.T)
            if dense.bias is not None:
                dense.bias.copy_(tensor(f"layer{i}.bias"))
        for i, norm in enumerate(network.norms):
            norm.weight.copy_(tensor(f"layer{i}.gamma"))
            norm.bias.copy_(tensor(f"layer{i}.beta"))
            norm.running_mean.fill_(77)
            norm.running_var.fill_(77)
    return network


def main(data):
    torch.set_num_threads(1)
    rows = np.loadtxt(
        io.BytesIO(gzip.decompress(pathlib.Path(data).read_bytes())), delimiter=",", dtype=np.int64
    )
    inputs = torch.from_numpy(rows[:, :64]).float() / 16
    lines = [f"torch {torch.__version__}", f"python {platform.python_version()}"]
    for name in NAMES:
        for batch in BATCHES:
            network = final_network(name)
            batches = [piece for piece in inputs.split(batch) if len(piece) > 1]
            torch.optim.swa_utils.update_bn(batches, network)
            for i, norm in enumerate(network.norms):
                for key, found in (("mean", norm.running_mean), ("variance", norm.running_var)):
                    values = numbers(found.tolist())
                    lines.append(f"{name}.{batch}.layer{i}.running_{key} {values}")
    path = RESOURCES / "pytorch-recalibration.txt.gz"
    # No file name and no time in the header: the same numbers give the same bytes.
    path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(lines)} lines")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
