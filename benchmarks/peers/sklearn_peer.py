"""scikit-learn's part in the benchmark; common.py says how it is asked."""

import warnings

import numpy as np
import sklearn
from sklearn._loss import HalfMultinomialLoss
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, SGDRegressor
from sklearn.linear_model._linear_loss import LinearModelLoss

from common import load, middle, serve, timed, weights


def sgd(work):
    """Linear regression alone: SGDClassifier's many classes are one against the rest, which is not
    softmax. It steps after each row, so its rate is that of the batch, divided by the batch."""
    x, y = load(work)
    settings = work["settings"]
    count = settings.get("epochs", 1)
    # So many epochs are what is wanted; that it did not converge in them is no news.
    warnings.simplefilter("ignore", ConvergenceWarning)

    def run(seed):
        model = SGDRegressor(
            penalty=None,
            learning_rate="constant",
            eta0=settings["learning_rate"] / settings["batch"],
            max_iter=count,
            tol=None,
            random_state=seed,
        )
        seconds, _ = timed(lambda: model.fit(x, y))
        return {"seconds": seconds / count, "loss": float(np.mean((model.predict(x) - y) ** 2) / 2)}

    return run


def predict(work):
    x, y = load(work)
    model = LogisticRegression()
    model.coef_, model.intercept_ = weights(work)
    model.classes_ = np.arange(work["outputs"])

    def run(_):
        seconds, classes = middle(lambda: model.predict(x))
        return {"seconds": seconds, "accuracy": float(np.mean(classes == y))}

    return run


def gradient(work):
    """What LogisticRegression's L-BFGS asks for in every iteration, with its one thread."""
    x, y = load(work)
    coefficients = np.asfortranarray(np.column_stack(weights(work)))
    half = HalfMultinomialLoss(n_classes=work["outputs"])
    model, y = LinearModelLoss(base_loss=half, fit_intercept=True), y.astype(x.dtype)

    def run(_):
        seconds, (loss, gradient) = middle(lambda: model.loss_gradient(coefficients, x, y))
        return {"seconds": seconds, "loss": float(loss), "norm": float(np.linalg.norm(gradient))}

    return run


KINDS = {"sgd": sgd, "predict": predict, "gradient": gradient}

if __name__ == "__main__":
    versions = {"scikit-learn": sklearn.__version__, "numpy": np.__version__}
    serve(versions, lambda work: KINDS[work["kind"]](work))
