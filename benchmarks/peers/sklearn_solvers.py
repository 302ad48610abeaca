"""scikit-learn's part in the works that go to an optimum; common.py says how it is asked."""

import warnings

import numpy as np
import sklearn
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    lasso_path,
)

from common import lasso, load, objective, path_data, serve, timed

# So near to the optimum is what is wanted; that it could be nearer is no news.
warnings.simplefilter("ignore", ConvergenceWarning)


def solve(work):
    x, y = load(work)
    settings = work["settings"]
    names = ("tol", "max_iter", "intercept_scaling")
    own = {name: settings[name] for name in names if name in settings}

    def run(seed):
        model = LogisticRegression(C=settings["c"], solver=work["way"], random_state=seed, **own)
        seconds, _ = timed(lambda: model.fit(x, y))
        found = objective(work, x, y, model.coef_, model.intercept_)
        return {"seconds": seconds, "objective": found, "iterations": int(max(model.n_iter_))}

    return run


def least_squares(work):
    """Without standard errors, which it has not."""
    x, y = load(work)
    ridge = Ridge(alpha=work["settings"].get("alpha", 0), solver="cholesky")
    model = ridge if work["way"] == "ridge" else LinearRegression()

    def run(_):
        seconds, _ = timed(lambda: model.fit(x, y))
        loss = np.mean((model.predict(x) - y) ** 2, dtype=np.float64) / 2
        norm = np.linalg.norm([*model.coef_, model.intercept_])
        return {"seconds": seconds, "loss": float(loss), "norm": float(norm)}

    return run


def path(work):
    x, y, penalties = path_data(work)
    tol = work["settings"]["tol"]

    def run(_):
        go = lambda: lasso_path(x, y, alphas=penalties, tol=tol, max_iter=100_000)
        seconds, (_, coefficients, _) = timed(go)
        return {"seconds": seconds, "objective": lasso(x, y, penalties, coefficients)}

    return run


def cross_validation(work):
    """On some of the rows; the time is as many times longer as there are more."""
    settings = work["settings"]
    x, y = (values[: settings["subset"]] for values in load(work))
    factor = work["rows"] / len(x)
    # Our penalties are of the mean loss; C is of the sum over a fold's training rows.
    rows = len(x) * (settings["folds"] - 1) / settings["folds"]
    penalties = 1 / (np.array(settings["l2"]) * rows)

    def run(_):
        model = LogisticRegressionCV(
            Cs=penalties, cv=settings["folds"], tol=settings["tol"], max_iter=settings["max_iter"]
        )
        seconds, _ = timed(lambda: model.fit(x, y))
        accuracy = np.mean(next(iter(model.scores_.values())), axis=0).max()
        return {"seconds": seconds * factor, "measured": seconds, "accuracy": float(accuracy)}

    return run


KINDS = {
    "solve": solve,
    "least-squares": least_squares,
    "path": path,
    "cross-validation": cross_validation,
}

if __name__ == "__main__":
    versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}
    serve(versions, lambda work: KINDS[work["kind"]](work))
