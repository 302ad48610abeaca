"""Asks scikit-learn, at its tightest tolerance, for the coefficients that the solvers are held to, and
for the metrics of those models on the rows that they were trained on.

The objectives are the same: with C = 1/(l2 n), scikit-learn's sum of losses plus ‖W‖²/(2C) is n times
the mean loss plus l2/2 ‖W‖²; its ElasticNet has alpha·l1_ratio = l1 and alpha·(1 − l1_ratio) = l2.
PoissonRegressor's alpha is l2. HuberRegressor chooses a scale σ beside the coefficients; with that σ these
make the mean Huber loss with δ = epsilon·σ and l2 = alpha·σ/n small. It stops some digits early, so that
Newton's method takes its coefficients to the last one.
Features are not standardised, and the intercept has no penalty, in both.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import sklearn
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.special import softmax as probabilities
from sklearn import metrics
from sklearn.linear_model import ElasticNet, HuberRegressor, LogisticRegression, PoissonRegressor, Ridge


def features(rng, n, d, kind):
    x = rng.normal(size=(n, d))
    if kind == "collinear":
        x[:, -1] = x[:, 0] - 2 * x[:, 1]
    if kind == "constant":
        x[:, 0] = 1.5
    if kind == "scales":
        x *= np.array([0.05, 1.0, 20.0])[np.arange(d) % 3]
    return np.round(x, 3)


def softmax(rng, n, d, classes, l2, kind):
    x = features(rng, n, d, kind)
    y = np.argmax(x @ rng.normal(size=(d, classes)) + 1.5 * rng.normal(size=(n, classes)), axis=1)
    y[:classes] = np.arange(classes)
    model = LogisticRegression(C=1 / (l2 * n), solver="newton-cholesky", tol=1e-13, max_iter=100000)
    model.fit(x, y)
    found = case("softmax", x, y, kind, 0.0, l2, model.coef_, model.intercept_)
    return found | {"metrics": of_classes(model.decision_function(x), y)}


def squared(rng, n, d, l1, l2, kind):
    x = features(rng, n, d, kind)
    weights = rng.normal(size=d) * (np.arange(d) % 3 == 0)
    y = np.round(3 + x @ weights + 0.5 * rng.normal(size=n), 3)
    if l1 == 0:
        model = Ridge(alpha=l2 * n, solver="cholesky", tol=1e-14).fit(x, y)
    else:
        model = ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), tol=1e-15, max_iter=10**7).fit(x, y)
    found = case("squared", x, y, kind, l1, l2, model.coef_, [float(model.intercept_)])
    shares = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1]
    quantiles = np.quantile(y - model.predict(x), shares).tolist()
    return found | {"metrics": {"residuals": quantiles, "mae": metrics.mean_absolute_error(y, model.predict(x))}}


def weighted(rng, n, d, l2, kind, classes=0):
    """Rows that weigh unequally, some of them nothing: the mean loss is Σ w·loss / Σ w."""
    x, w = features(rng, n, d, kind), np.round(rng.exponential(size=n), 2) * (np.arange(n) % 7 > 0)
    if classes:
        y = np.argmax(x @ rng.normal(size=(d, classes)) + 1.5 * rng.normal(size=(n, classes)), axis=1)
        model = LogisticRegression(C=1 / (l2 * w.sum()), solver="newton-cholesky", tol=1e-13, max_iter=100000)
    else:
        y = np.round(3 + x @ rng.normal(size=d) + 0.5 * rng.normal(size=n), 3)
        model = Ridge(alpha=l2 * w.sum(), solver="cholesky", tol=1e-14)
    model.fit(x, y, sample_weight=w)
    loss = "softmax" if classes else "squared"
    return case(loss, x, y, f"weighted {kind}", 0.0, l2, model.coef_, np.atleast_1d(model.intercept_), w)


def two_classes(rng, n, d, l2, kind):
    """Of two classes, W = (−w/2, w/2) has half of the penalty that scikit-learn's one vector has."""
    x = features(rng, n, d, kind)
    y = (x @ rng.normal(size=d) + 1.5 * rng.logistic(size=n) > 0).astype(int)
    model = LogisticRegression(C=2 / (l2 * n), solver="newton-cholesky", tol=1e-13, max_iter=100000)
    model.fit(x, y)
    both = np.array([-0.5, 0.5])
    return case("softmax", x, y, f"two classes {kind}", 0.0, l2, np.outer(both, model.coef_), both * model.intercept_)


def free(rng, n, d, classes, kind):
    """Without a penalty the classes' weights are known up to a common vector: here their mean is 0."""
    x = features(rng, n, d, kind)
    y = np.argmax(x @ rng.normal(size=(d, classes)) + 5 * rng.normal(size=(n, classes)), axis=1)
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-14, max_iter=100000).fit(x, y)
    weight = model.coef_ - model.coef_.mean(axis=0)
    return case("softmax", x, y, f"free {kind}", 0.0, 0.0, weight, model.intercept_ - model.intercept_.mean())


def sparse_softmax(rng, n, d, classes, l1, kind):
    x = features(rng, n, d, kind)
    y = np.argmax(x[:, :2] @ rng.normal(size=(2, classes)) + 1.5 * rng.normal(size=(n, classes)), axis=1)
    model = LogisticRegression(C=1 / (l1 * n), l1_ratio=1, solver="saga", tol=1e-15, max_iter=10**6).fit(x, y)
    return case("softmax", x, y, kind, l1, 0.0, model.coef_, model.intercept_)


def of_classes(logits, y):
    p, (n, q) = probabilities(logits, axis=1), logits.shape
    precision, recall, f1, _ = metrics.precision_recall_fscore_support(y, logits.argmax(axis=1))
    return {
        "loss": metrics.log_loss(y, p),
        "top_k": [float(metrics.top_k_accuracy_score(y, p, k=k)) for k in range(1, q)],
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(),
        "auc": metrics.roc_auc_score(np.eye(q)[y], p, average=None).tolist(),
        "brier": metrics.brier_score_loss(y, p),
        "calibration_error": calibration_error(p.max(axis=1), p.argmax(axis=1) == y),
        "temperature": temperature(logits, y),
    }


def calibration_error(confidence, right):
    """scikit-learn has none: Guo et al. (2017), equation 3."""
    bins = np.clip(np.ceil(confidence * 15) - 1, 0, 14)
    gaps = [abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))


def temperature(logits, y):
    """Where the cross-entropy of logits / temperature is smallest; none if all rows are right."""
    if (logits.argmax(axis=1) == y).all():
        return None
    own = logits[np.arange(len(y)), y]
    slope = lambda beta: np.mean((probabilities(beta * logits, axis=1) * logits).sum(axis=1) - own)
    return 1 / brentq(slope, 1e-6, 1e6, xtol=1e-15, rtol=1e-14)


def huber(rng, n, d, alpha, kind):
    x = features(rng, n, d, kind)
    y = np.round(3 + x @ rng.normal(size=d) + 0.5 * rng.standard_t(1.5, size=n), 3)
    model = HuberRegressor(epsilon=1.35, alpha=alpha, tol=1e-10, max_iter=100000).fit(x, y)
    delta, l2 = 1.35 * model.scale_, alpha * model.scale_ / n
    ones = np.column_stack([x, np.ones(n)])
    penalty = l2 * np.diag([1.0] * d + [0.0])
    w = np.append(model.coef_, model.intercept_)
    for _ in range(50):
        r = ones @ w - y
        gradient = ones.T @ np.clip(r, -delta, delta) / n + penalty @ w
        within = ones[np.abs(r) <= delta]
        w = w - np.linalg.solve(within.T @ within / n + penalty, gradient)
    assert np.abs(ones @ w - model.predict(x)).max() < 0.05 * delta
    assert np.abs(gradient).max() < 1e-14 * np.abs(y).max()
    return case("huber", x, y, kind, 0.0, l2, w[:-1], [w[-1]]) | {"delta": delta}


def poisson(rng, n, d, l2, kind):
    x = features(rng, n, d, kind)
    y = rng.poisson(np.exp(1 + x @ rng.normal(size=d) / (3 * np.sqrt(d) * x.std())))
    model = PoissonRegressor(alpha=l2, solver="newton-cholesky", tol=1e-12, max_iter=10000).fit(x, y)
    return case("poisson", x, y, kind, 0.0, l2, model.coef_, [model.intercept_])


def objective(loss, x, y, l1, l2, weight, bias, w):
    """What is made small, of squares and classes."""
    logits, w = x @ np.atleast_2d(weight).T + bias, np.ones(len(y)) if w is None else w
    if loss == "squared":
        losses = (logits[:, 0] - y) ** 2 / 2
    else:
        losses = logsumexp(logits, axis=1) - logits[np.arange(len(y)), y]
    return np.average(losses, weights=w) + l2 / 2 * np.sum(np.square(weight)) + l1 * np.sum(np.abs(weight))


def case(loss, x, y, kind, l1, l2, weight, bias, w=None):
    known = loss in ("squared", "softmax")
    return {
        "name": f"{loss} {x.shape[0]}x{x.shape[1]} {kind}, l1 {l1}, l2 {l2}",
        "loss": loss, "features": x.shape[1], "l1": l1, "l2": l2,
        "x": x.ravel().tolist(), "y": y.tolist(),
        "weight": np.ravel(weight).tolist(), "bias": np.ravel(bias).tolist(),
        "weights": None if w is None else w.tolist(),
        "objective": float(objective(loss, x, y, l1, l2, weight, bias, w)) if known else None,
    }


def main():
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(7)
    cases = [
        softmax(rng, n, d, classes, l2, kind)
        for n, d, classes, l2, kind in [
            (60, 4, 3, 0.1, "plain"), (60, 4, 3, 1e-3, "scales"), (90, 5, 5, 0.01, "collinear"),
            (20, 30, 3, 0.05, "plain"), (12, 12, 3, 0.05, "plain"), (80, 6, 4, 0.02, "constant"),
        ]
    ] + [
        squared(rng, n, d, l1, l2, kind)
        for n, d, l1, l2, kind in [
            (60, 5, 0.0, 0.1, "plain"), (15, 25, 0.0, 0.05, "plain"), (60, 6, 0.0, 0.01, "collinear"),
            (60, 9, 0.2, 0.0, "plain"), (60, 9, 0.05, 0.1, "collinear"), (20, 40, 0.1, 0.05, "plain"),
            (20, 20, 0.3, 0.0, "plain"), (50, 6, 0.02, 0.02, "scales"), (50, 6, 0.1, 0.0, "constant"),
        ]
    ]
    rng = np.random.default_rng(8)
    cases += [
        huber(rng, n, d, alpha, kind)
        for n, d, alpha, kind in [
            (60, 4, 0.1, "plain"), (200, 6, 0.01, "scales"), (80, 6, 1.0, "collinear"),
            (80, 5, 0.1, "constant"),
        ]
    ] + [
        poisson(rng, n, d, l2, kind)
        for n, d, l2, kind in [
            (60, 4, 0.1, "plain"), (200, 6, 0.01, "scales"), (80, 6, 1e-3, "collinear"),
            (15, 25, 0.05, "plain"), (80, 5, 0.1, "constant"),
        ]
    ]
    rng = np.random.default_rng(9)
    cases += [
        weighted(rng, 80, 5, 0.05, "plain"), weighted(rng, 60, 6, 0.01, "collinear"),
        weighted(rng, 90, 4, 0.02, "plain", 3), weighted(rng, 90, 4, 0.02, "scales", 4),
        two_classes(rng, 70, 4, 0.02, "plain"), two_classes(rng, 15, 25, 0.1, "plain"),
        two_classes(rng, 2000, 2, 1e-3, "plain"),
        free(rng, 200, 3, 3, "plain"), free(rng, 300, 4, 4, "scales"),
        softmax(rng, 1500, 2, 3, 1e-4, "plain"), squared(rng, 1500, 2, 0.0, 1e-4, "plain"),
        squared(rng, 200, 3, 0.0, 0.0, "scales"),
        sparse_softmax(rng, 60, 6, 3, 0.05, "plain"), sparse_softmax(rng, 20, 25, 3, 0.08, "plain"),
    ]
    answers = {"scikit-learn": sklearn.__version__, "cases": cases}
    path = Path(__file__).parent / "answers" / "solvers.json"
    path.write_text(json.dumps(answers, indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


main()
