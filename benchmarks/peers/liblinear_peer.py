"""LIBLINEAR's part in the benchmark: two classes, with the intercept left out of the penalty (-R), so
that its objective is ours; common.py says how it is asked."""

from importlib.metadata import version

import numpy as np
from liblinear.liblinearutil import problem, train
from scipy.sparse import csr_matrix

from common import load, objective, serve, timed


def solve(work):
    """The trust region Newton method of the primal problem; sparse rows are all that it takes."""
    x, y = load(work)
    settings = work["settings"]
    rows = problem(np.where(y > 0, 1.0, -1.0), csr_matrix(x), bias=1)
    options = f"-s 0 -B 1 -R -c {settings['c']} -e {settings['tol']} -q"

    def run(_):
        seconds, model = timed(lambda: train(rows, options))
        weight, bias = model.get_decfun()
        sign = 1 if model.get_labels()[0] > 0 else -1
        found = objective(work, x, y, sign * np.array([weight]), sign * bias)
        return {"seconds": seconds, "objective": found}

    return run


if __name__ == "__main__":
    serve({"LIBLINEAR": version("liblinear-official")}, solve)
