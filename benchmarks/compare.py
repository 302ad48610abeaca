"""Measures the linnea command beside PyTorch and the exact solution, in one session.

    python -m venv .venv && .venv/bin/pip install -r benchmarks/peers/requirements.txt
    cargo build --release
    .venv/bin/python benchmarks/compare.py --data DIR [--rounds 5]

DIR holds `mnist/` (the four IDX files) and `housing/housing.csv`. The two programs take turns, so
that a machine whose speed drifts is fair to both. Prints a Markdown table of medians and spreads,
and what each reached: a time counts only beside the accuracy that it bought.
"""

import argparse
import csv
import gzip
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

EPOCHS, BATCH, RATE = 10, 256, 0.1
ROOT = Path(__file__).resolve().parent.parent
LINNEA = ROOT / "target" / "release" / "linnea"


def linnea(*arguments):
    with tempfile.TemporaryDirectory() as folder:
        command = [LINNEA, "train", *arguments, "--json", "-q", "-o", f"{folder}/model.safetensors"]
        return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def idx(path):
    data = gzip.open(path).read()
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def mnist(folder, part):
    images = idx(folder / f"{part}-images-idx3-ubyte.gz").reshape(-1, 784)
    labels = idx(folder / f"{part}-labels-idx1-ubyte.gz")
    return torch.tensor(images / np.float32(255)), torch.tensor(labels.astype(np.int64))


def torch_mnist(train, test):
    """Plain minibatch SGD, as a tutorial has it; the seconds of each epoch and the accuracy."""
    x, y = train
    torch.manual_seed(0)
    model = torch.nn.Linear(784, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    loss = torch.nn.CrossEntropyLoss()
    seconds = []
    for _ in range(EPOCHS):
        start = time.perf_counter()
        order = torch.randperm(len(x))
        for batch in order.split(BATCH):
            optimizer.zero_grad()
            loss(model(x[batch]), y[batch]).backward()
            optimizer.step()
        seconds.append(time.perf_counter() - start)
    with torch.no_grad():
        accuracy = (model(test[0]).argmax(1) == test[1]).double().mean().item()
    return seconds, accuracy


def exact_housing(path):
    """R² on all rows of the least-squares solution, by numpy's SVD."""
    rows = list(csv.DictReader(open(path)))
    texts, target = "ocean_proximity", "median_house_value"
    names = [name for name in rows[0] if name not in (texts, target)]
    x = np.array([[float(row[name] or "nan") for name in names] for row in rows])
    x = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    levels = sorted({row[texts] for row in rows})
    x = np.hstack([x, [[row[texts] == level for level in levels] for row in rows]])
    z = np.hstack([(x - x.mean(0)) / x.std(0), np.ones((len(x), 1))])
    y = np.array([float(row[target]) for row in rows])
    residual = y - z @ np.linalg.lstsq(z, y, rcond=None)[0]
    return 1 - (residual**2).sum() / ((y - y.mean()) ** 2).sum()


def spread(values):
    return f"{1e3 * statistics.median(values):.1f} ({1e3 * min(values):.1f}–{1e3 * max(values):.1f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    folder = arguments.data / "mnist"
    train, test = mnist(folder, "train"), mnist(folder, "t10k")
    runs = {"linnea": [], "linnea, 1 thread": [], "torch": []}
    reached = {}
    for _ in range(arguments.rounds):
        for name, extra in (("linnea", []), ("linnea, 1 thread", ["--threads", "1"])):
            report = linnea(folder, "--epochs", str(EPOCHS), *extra)
            runs[name] += report["seconds"]["epochs"]
            reached[name] = report["test"]["accuracy"]
        seconds, reached["torch"] = torch_mnist(train, test)
        runs["torch"] += seconds
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads\n")
    print("| MNIST, one epoch, batch 256, shuffled | ms: median (least–most) | torch ÷ this | test accuracy after 10 |")
    print("| --- | --- | --- | --- |")
    for name, seconds in runs.items():
        ratio = statistics.median(runs["torch"]) / statistics.median(seconds)
        print(f"| {name} | {spread(seconds)} | {ratio:.1f} | {reached[name]:.4f} |")
    housing = arguments.data / "housing" / "housing.csv"
    report = linnea(housing, "--target", "median_house_value")
    print(f"\nhousing, all rows: R² {report['train']['r2']:.4f}, exact {exact_housing(housing):.4f}")
    for name in ("digits", "diabetes"):
        report = linnea(name)
        print(f"{name}: test {report['test']}, fit {report['seconds']['fit']:.3f} s")


if __name__ == "__main__":
    main()
