"""statsmodels' part in the benchmark: least squares with standard errors; common.py says how it is
asked."""

import numpy as np
import statsmodels
import statsmodels.api as sm

from common import load, serve, timed


def least_squares(work):
    x, y = load(work)
    x = sm.add_constant(x)

    def fit():
        model = sm.OLS(y, x).fit()
        # The errors are worked out when they are asked for.
        return model, model.bse

    def run(_):
        seconds, (model, errors) = timed(fit)
        return {
            "seconds": seconds,
            "loss": float(model.ssr / 2 / len(y)),
            "norm": float(np.linalg.norm(model.params)),
            "standard_errors": float(np.linalg.norm(errors)),
        }

    return run


if __name__ == "__main__":
    serve({"statsmodels": statsmodels.__version__}, least_squares)
