"""Vowpal Wabbit's part in the benchmark: linear regression by SGD; common.py says how it is asked."""

from importlib.metadata import version
from pathlib import Path

import numpy as np
from vowpalwabbit import Workspace

from common import load, serve, timed

# Plain steps of a constant length. A column of ones takes the place of its own intercept, and a table
# of so many bits has room for every feature.
PLAIN = "--quiet --sgd --power_t 0 --initial_t 1 --noconstant -b 10 --holdout_off"


def cache(work, x, y):
    """The rows as it keeps them for its next pass. Text is read only here, and not kept."""
    path = Path(work["folder"]) / "vw.cache"
    if not path.exists():
        text, unfinished = path.with_suffix(".txt"), path.with_suffix(".part")
        with text.open("w") as file:
            for row, target in zip(x.tolist(), y.tolist()):
                features = " ".join(f"{j}:{value:.9g}" for j, value in enumerate(row))
                file.write(f"{target:.9g} | {features} {len(row)}:1\n")
        Workspace(f"{PLAIN} -d {text} --cache_file {unfinished} -k").finish()
        text.unlink()
        unfinished.rename(path)
    return path


def sgd(work):
    """It steps after each row, in their order, along the derivative of (o - y)², so its rate is half of
    the batch's, divided by the batch."""
    x, y = load(work)
    settings, path = work["settings"], cache(work, x, y)
    rate = settings["learning_rate"] / settings["batch"] / 2
    count = settings.get("epochs", 1)
    options = f"{PLAIN} -l {rate} --cache_file {path} --passes {count}"

    def run(_):
        seconds, model = timed(lambda: Workspace(options))
        weights = np.array([model.get_weight(j) for j in range(x.shape[1] + 1)], np.float32)
        model.finish()
        loss = np.mean((x @ weights[:-1] + weights[-1] - y) ** 2, dtype=np.float64) / 2
        return {"seconds": seconds / count, "loss": float(loss)}

    return run


if __name__ == "__main__":
    serve({"Vowpal Wabbit": version("vowpalwabbit")}, sgd)
