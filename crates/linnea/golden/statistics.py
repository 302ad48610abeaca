"""Asks statsmodels for the answers that the tests of `linnea::statistics` hold.

    pip install statsmodels==0.15.0 && python statistics.py > statistics.json
"""

import json

import numpy as np
import statsmodels.api as sm
from statsmodels.stats.outliers_influence import variance_inflation_factor

rng = np.random.default_rng(5)
ROUND = 6


def data(n, p):
    """Features of different means and spreads, two of them correlated."""
    x = rng.normal(size=(n, p)) * np.array([1.0, 30.0, 0.01, 5.0])[:p] + np.array([0.0, 100.0, 3.0, -2.0])[:p]
    x[:, 1] += 20.0 * x[:, 0]
    return x.round(ROUND)


def linear(name, x, y, covariance, intercept=True, weights=None, groups=None):
    exog = sm.add_constant(x) if intercept else x
    model = sm.WLS(y, exog, weights=weights) if weights is not None else sm.OLS(y, exog)
    if covariance == "classic":
        fit = model.fit()
    elif covariance == "clustered":
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
    else:
        fit = model.fit(cov_type=covariance.upper())
    case = {
        "name": name,
        "features": x.shape[1],
        "x": x.ravel().tolist(),
        "y": y.tolist(),
        "weights": [] if weights is None else weights.tolist(),
        "groups": [] if groups is None else groups.tolist(),
        "intercept": intercept,
        "covariance": covariance,
        "params": fit.params.tolist(),
        "bse": fit.bse.tolist(),
        "pvalues": fit.pvalues.tolist(),
        "low": fit.conf_int()[:, 0].tolist(),
        "high": fit.conf_int()[:, 1].tolist(),
        "rsquared": fit.rsquared,
        "rsquared_adj": fit.rsquared_adj,
        "fvalue": float(fit.fvalue),
        "f_pvalue": float(fit.f_pvalue),
        "llf": fit.llf,
        "aic": fit.aic,
        "bic": fit.bic,
        "residual_sd": fit.mse_resid**0.5,
    }
    if weights is None and intercept:
        case["vif"] = [variance_inflation_factor(exog, j) for j in range(1, exog.shape[1])]
    if weights is None and covariance == "classic":
        influence = fit.get_influence()
        case["leverage"] = influence.hat_matrix_diag.tolist()
        case["cooks"] = influence.cooks_distance[0].tolist()
        case["studentized"] = influence.resid_studentized_internal.tolist()
    if weights is None:
        frame = fit.get_prediction(exog[:5]).summary_frame(alpha=0.05)
        columns = ["mean_se", "mean_ci_lower", "mean_ci_upper", "obs_ci_lower", "obs_ci_upper"]
        case["intervals"] = frame[columns].to_numpy().tolist()
    return case


def classes(name, x, y, model):
    fit = model(y, sm.add_constant(x)).fit(method="newton", tol=1e-14, maxiter=100, disp=0)
    return {
        "name": name,
        "features": x.shape[1],
        "x": x.ravel().tolist(),
        "y": y.tolist(),
        "params": fit.params.ravel(order="F").tolist(),
        "bse": fit.bse.ravel(order="F").tolist(),
        "pvalues": fit.pvalues.ravel(order="F").tolist(),
        "llf": fit.llf,
        "llnull": fit.llnull,
        "aic": fit.aic,
        "bic": fit.bic,
    }


def main():
    cases = []
    n = 60
    x = data(n, 4)
    noise = rng.normal(size=n) * (1.0 + np.abs(x[:, 0]))
    y = (3.0 + x @ np.array([2.0, -0.05, 40.0, 0.3]) + noise).round(ROUND)
    groups = rng.integers(0, 12, size=n)
    weights = rng.uniform(0.2, 3.0, size=n).round(ROUND)
    for covariance in ["classic", "hc0", "hc1", "hc2", "hc3"]:
        cases.append(linear(covariance, x, y, covariance))
    cases.append(linear("clustered", x, y, "clustered", groups=groups))
    cases.append(linear("without intercept", x, y, "classic", intercept=False))
    cases.append(linear("without intercept, hc1", x, y, "hc1", intercept=False))
    for covariance in ["classic", "hc0", "hc3"]:
        cases.append(linear("weighted " + covariance, x, y, covariance, weights=weights))
    x = data(200, 3)
    scores = (x - x.mean(0)) / x.std(0)
    logits = scores @ np.array([1.0, -0.5, 0.3]) - 0.2
    y = (rng.uniform(size=200) < 1.0 / (1.0 + np.exp(-logits))).astype(int)
    cases.append(classes("logit", x, y, sm.Logit))
    logits = np.stack([0.0 * logits, logits, 0.5 - logits], axis=1)
    y = np.array([rng.choice(3, p=np.exp(l) / np.exp(l).sum()) for l in logits])
    cases.append(classes("mnlogit", x, y, sm.MNLogit))
    print(json.dumps(cases))


main()
