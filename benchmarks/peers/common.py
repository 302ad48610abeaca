"""What every peer's process does: it reads lines of JSON and answers each with one.

    {"prepare": work} → {"ready": true}         the work's data are in memory, as the peer wants them
    {"run": {"seed": 1}} → {"seconds": …, "loss": …, "accuracy": …}

The first line that it writes is {"hello": {name: version, …}}, when all is imported. A work is its
definition's fields with `folder`, where data.py wrote, and the contestant's `way` and `threads`.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np


def load(work):
    """Rows and targets as they are stored; classes as int64, for all peers index with them."""
    folder = Path(work["folder"])
    about = json.loads((folder / "about.json").read_text())
    x = np.fromfile(folder / "x.bin", about["x"]).reshape(about["rows"], about["features"])
    y = np.fromfile(folder / "y.bin", about["y"])
    return x, y.astype(np.int64) if about["y"] == "uint32" else y


def weights(work):
    """Given weights (outputs × features) and intercepts."""
    folder = Path(work["folder"])
    weight = np.fromfile(folder / "weight.bin", np.float32).reshape(-1, work["features"])
    return weight, np.fromfile(folder / "bias.bin", np.float32)


def objective(work, x, y, weight, bias):
    """The mean loss and ‖W‖²/(2·C·n), in double precision. One row of weights is the second class's of
    two, against nothing."""
    logits = x.astype(np.float64) @ np.asarray(weight, np.float64).T + bias
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    logits -= logits.max(1, keepdims=True)
    losses = np.log(np.exp(logits).sum(1)) - logits[np.arange(len(y)), y]
    penalty = np.square(weight, dtype=np.float64).sum() / (2 * work["settings"]["c"] * len(y))
    return float(losses.mean() + penalty)


def path_data(work):
    """Centred columns, one after the other, and a centred target: what coordinate descent likes best;
    and the penalties."""
    x, y = load(work)
    penalties = np.fromfile(Path(work["folder"]) / "penalties.bin")
    return np.asfortranarray(x - x.mean(0)), y - y.mean(), penalties


def lasso(x, y, penalties, coefficients):
    """The objective's mean over the penalties."""
    squares = np.square(y[:, None] - x @ coefficients).mean(0) / 2
    return float(np.mean(squares + penalties * np.abs(coefficients).sum(0)))


def timed(run):
    """The seconds that a call took, and what it gave."""
    start = time.perf_counter()
    result = run()
    return time.perf_counter() - start, result


def middle(run):
    """The middle time of three calls, and what the last one gave: for calls of milliseconds, before
    which a process has slept."""
    calls = [timed(run) for _ in range(3)]
    return sorted(seconds for seconds, _ in calls)[1], calls[-1][1]


def epochs(work, epoch):
    """Does a run's epochs, and gives the seconds of the middle one."""
    seconds = sorted(timed(epoch)[0] for _ in range(work["settings"].get("epochs", 1)))
    return seconds[len(seconds) // 2]


def serve(versions, prepare):
    """Answers until the input ends. `prepare(work)` gives a function of the seed."""
    run = None
    say({"hello": versions})
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "prepare" in request:
                run = prepare(request["prepare"])
                say({"ready": True})
            else:
                say(run(request["run"]["seed"]))
        except Exception as error:  # The session goes on without this contestant, and says why.
            say({"error": f"{type(error).__name__}: {error}"})


def say(answer):
    print(json.dumps(answer), flush=True)
