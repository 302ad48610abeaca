"""skglm's part in the benchmark: a path of L1 penalties; common.py says how it is asked."""

from importlib.metadata import version

from skglm import Lasso

from common import lasso, path_data, serve, timed


def path(work):
    x, y, penalties = path_data(work)
    tol = work["settings"]["tol"]

    def run(_):
        model = Lasso(tol=tol, fit_intercept=False, max_iter=1000)
        seconds, (_, coefficients, *_) = timed(lambda: model.path(x, y, alphas=penalties))
        return {"seconds": seconds, "objective": lasso(x, y, penalties, coefficients)}

    return run


if __name__ == "__main__":
    serve({"skglm": version("skglm")}, path)
