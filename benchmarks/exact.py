"""Holds `linnea train` on the housing data to the exact least-squares solution.

    cargo build --release
    python benchmarks/exact.py HOUSING.csv

Prints R² over all rows of both; the Python needs numpy alone.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
LINNEA = ROOT / "target" / "release" / "linnea"


def linnea(path):
    with tempfile.TemporaryDirectory() as folder:
        command = [LINNEA, "train", path, "--target", "median_house_value", "--json", "-q"]
        command += ["-o", f"{folder}/model.safetensors"]
        report = subprocess.run(command, check=True, capture_output=True).stdout
    return json.loads(report)["train"]["r2"]


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


if __name__ == "__main__":
    print(f"linnea: R² {linnea(sys.argv[1]):.4f}, exact: {exact_housing(sys.argv[1]):.4f}")
