"""Writes the numbers that every contestant reads: raw little-endian arrays and their shapes.

    python benchmarks/peers/data.py NAME OUT [--mnist DIR]

NAME is mnist-f32, mnist-u8, mnist-two (digits 0 to 4 against 5 to 9), linreg, probe or path; DIR holds
the four IDX files. Without them, numbers of MNIST's shape are made up. OUT gets x.bin, y.bin and
about.json; mnist-f32 also weight.bin (outputs × features) and bias.bin, one step of gradient descent
from zero, for works that need some; path also penalties.bin.
"""

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

NAMES = ["mnist-f32", "mnist-u8", "mnist-two", "linreg", "probe", "path"]
RATE = 0.1


def idx(path):
    data = gzip.open(path).read()
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def mnist(folder):
    """Bytes and classes of the training images, and where they are from."""
    if folder is not None:
        images = idx(folder / "train-images-idx3-ubyte.gz").reshape(-1, 784)
        labels = idx(folder / "train-labels-idx1-ubyte.gz")
        return images, labels.astype(np.uint32), "MNIST"
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 60_000, dtype=np.uint32)
    # A fifth of the pixels are ink, as in the real ones, around a picture of each class.
    picture = random.random((10, 784)) < 0.2
    ink = np.where(picture[labels], 0.6, 0.1) > random.random((60_000, 784), dtype=np.float32)
    shades = random.integers(64, 256, (60_000, 784), dtype=np.uint8)
    # One in ten is called anything: classes that can be told apart without fail have no proper optimum.
    called = np.where(random.random(60_000) < 0.1, random.integers(0, 10, 60_000), labels)
    return ink * shades, called.astype(np.uint32), "synthetic, of MNIST's shape"


def linreg():
    """A line through normal features, with noise of standard deviation 0.1."""
    random = np.random.default_rng(1)
    x = random.standard_normal((1_000_000, 100), dtype=np.float32)
    weight = (random.standard_normal(100) / 10).astype(np.float32)
    noise = random.standard_normal(len(x), dtype=np.float32)
    return x, x @ weight + np.float32(0.1) * noise, "synthetic"


def probe():
    """Embeddings: normal, around a centre for each of 100 classes."""
    random = np.random.default_rng(2)
    labels = random.integers(0, 100, 50_000, dtype=np.uint32)
    centres = random.standard_normal((100, 768), dtype=np.float32)
    x = random.standard_normal((50_000, 768), dtype=np.float32)
    return x + np.float32(0.15) * centres[labels], labels, "synthetic"


def path():
    """A line through 50 of 1,000 uniform features, with noise of the same size."""
    random = np.random.default_rng(3)
    x = random.uniform(-1, 1, (10_000, 1_000))
    return x, x[:, ::20] @ random.uniform(-1, 1, 50) + random.uniform(-1, 1, len(x)), "synthetic"


def penalties(x, y):
    """100 L1 penalties, from the least that chooses nothing to a thousandth of it."""
    largest = np.abs(x.T @ (y - y.mean())).max() / len(x)
    return largest * 1e-3 ** np.linspace(0, 1, 100)


def one_step(x, y):
    """Weights and intercepts of softmax regression after one step of gradient descent from zero."""
    classes = int(y.max()) + 1
    residual = np.full((len(x), classes), 1 / classes, np.float32)
    residual[np.arange(len(x)), y] -= 1
    scale = -RATE / len(x)
    return residual.T @ x * scale, residual.sum(0) * scale


def make(name, folder):
    if name == "linreg":
        return linreg()
    if name == "probe":
        return probe()
    if name == "path":
        return path()
    images, labels, source = mnist(folder)
    if name == "mnist-two":
        labels = (labels > 4).astype(np.uint32)
    return (images if name == "mnist-u8" else images / np.float32(255)), labels, source


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("out", type=Path)
    parser.add_argument("--mnist", type=Path)
    arguments = parser.parse_args()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    x, y, source = make(arguments.name, arguments.mnist)
    x.tofile(out / "x.bin")
    y.tofile(out / "y.bin")
    if arguments.name == "mnist-f32":
        weight, bias = one_step(x, y)
        weight.astype(np.float32).tofile(out / "weight.bin")
        bias.astype(np.float32).tofile(out / "bias.bin")
    if arguments.name == "path":
        penalties(x, y).tofile(out / "penalties.bin")
    about = {"rows": x.shape[0], "features": x.shape[1], "x": x.dtype.name, "y": y.dtype.name}
    # Last, because who finds it takes the rest to be whole.
    (out / "about.json").write_text(json.dumps({**about, "source": source}))


if __name__ == "__main__":
    main()
