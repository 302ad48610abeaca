"""The peers' part of `cargo run --release -p linnea --example bench_solvers`.

    solvers.py softmax FOLDER   scikit-learn's LogisticRegression, C = 1, on pixels in 0 ... 1: for each
                                solver and number of iterations, its time and its objective
    solvers.py path             scikit-learn's lasso_path and skglm's, 100 penalties on 10,000 x 1,000

The objective is the mean loss plus ‖W‖²/(2n), which is scikit-learn's over n. Each peer gets the
storage that it is fastest on. One line of JSON for each measurement.
"""

import gzip
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np

warnings.simplefilter("ignore")


def say(**numbers):
    print(json.dumps(numbers), flush=True)


def idx(path):
    data = gzip.open(path).read()
    shape = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def softmax(folder):
    from sklearn.linear_model import LogisticRegression

    folder = Path(folder)
    x = idx(folder / "train-images-idx3-ubyte.gz").reshape(60000, -1) / np.float32(255)
    y = idx(folder / "train-labels-idx1-ubyte.gz")
    n = len(y)

    def objective(model):
        logits = x.astype(np.float64) @ model.coef_.T + model.intercept_
        logits -= logits.max(1, keepdims=True)
        loss = np.log(np.exp(logits).sum(1)) - logits[np.arange(n), y]
        return loss.mean() + (model.coef_**2).sum() / (2 * n)

    for solver, counts in [("lbfgs", [100, 200, 400, 600]), ("newton-cg", [8, 12]), ("saga", [30, 60])]:
        for count in counts:
            model = LogisticRegression(C=1, solver=solver, tol=1e-12, max_iter=count)
            start = time.perf_counter()
            model.fit(x, y)
            say(solver=solver, iterations=count, seconds=time.perf_counter() - start, objective=objective(model))


def number(i):
    """bench_solvers makes the same."""
    with np.errstate(over="ignore"):
        bits = (i + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        bits = (bits ^ (bits >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    return (bits >> np.uint64(11)).astype(np.float64) / 2.0**52 - 1


def path():
    n, d = 10_000, 1_000
    x = number(np.arange(n * d, dtype=np.uint64)).reshape(n, d)
    y = x[:, ::20] @ number(np.arange(99, 149, dtype=np.uint64))
    y += number(np.arange(2**40, 2**40 + n, dtype=np.uint64))
    largest = np.abs(x.T @ (y - y.mean())).max() / n
    penalties = largest * 1e-3 ** (np.arange(100) / 99)
    fortran = np.asfortranarray(x - x.mean(0))
    y = y - y.mean()

    from sklearn.linear_model import lasso_path

    for tol in [1e-4, 1e-8]:
        start = time.perf_counter()
        _, coefficients, gaps = lasso_path(fortran, y, alphas=penalties, tol=tol, max_iter=100_000)
        say(peer="scikit-learn lasso_path", tol=tol, seconds=time.perf_counter() - start,
            largest_gap=float(np.max(gaps)), chosen_last=int((coefficients[:, -1] != 0).sum()))
    try:
        from skglm import Lasso
    except ImportError:
        return
    Lasso(alpha=largest / 2).fit(fortran[:, :50], y)
    for tol in [1e-4, 1e-8]:
        start = time.perf_counter()
        model = Lasso(tol=tol, fit_intercept=False, max_iter=1000)
        coefficients = model.path(fortran, y, alphas=penalties)[1]
        say(peer="skglm Lasso.path", tol=tol, seconds=time.perf_counter() - start,
            chosen_last=int((coefficients[:, -1] != 0).sum()))


if sys.argv[1:2] == ["softmax"]:
    softmax(sys.argv[2])
elif sys.argv[1:] == ["path"]:
    path()
else:
    sys.exit(__doc__)
