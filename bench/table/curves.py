"""Reads a table of learning curves, whose format CurveTable describes."""

import gzip

import numpy


def read(path):
    """The dev errors as an array of settings x seeds x epochs, and the dev losses."""
    with gzip.open(path) as file:
        content = file.read()
    numbers = []
    number = shift = 0
    for byte in content:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append((number >> 1) ^ -(number & 1))
            number = shift = 0
    version, settings, seeds, epochs, examples = numbers[:5]
    if version != 1:
        raise ValueError(f"{path}: version {version}, not 1")
    curves = numpy.array(numbers[5:]).reshape(2, settings, seeds, epochs).cumsum(axis=3)
    losses = numpy.where(curves[1] == 100_000, numpy.inf, numpy.exp(curves[1] / 100))
    return curves[0] / examples, losses
