"""JAX's part in the benchmark: each work is one jitted function, an epoch a scan over its batches;
common.py says how it is asked."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
import jax.numpy as jnp
from jax import lax

from common import epochs, load, middle, serve, weights


def data(work):
    x, y = load(work)
    return jnp.asarray(x), jnp.asarray(y)


def zeros(work):
    return jnp.zeros((work["features"], work["outputs"])), jnp.zeros(work["outputs"])


def logits(work, parameters, x):
    divisor = work["settings"].get("divisor")
    x = x.astype(jnp.float32) / divisor if divisor else x
    return x @ parameters[0] + parameters[1]


def loss(work, parameters, x, y):
    o = logits(work, parameters, x)
    if work["outputs"] == 1:
        return jnp.mean((o[:, 0] - y) ** 2) / 2
    right = jnp.take_along_axis(o, y[:, None], 1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(o, axis=1) - right)


def reached(work, parameters, x, y):
    found = {"loss": float(loss(work, parameters, x, y))}
    if work["outputs"] > 1:
        found["accuracy"] = float(jnp.mean(jnp.argmax(logits(work, parameters, x), 1) == y))
    return found


def epoch_of(work):
    """One epoch, as a function of the state, the rows and a random key: the full batches are
    scanned, and what is left of the rows is one more step."""
    settings, batch, n = work["settings"], work["settings"]["batch"], work["rows"]
    rate, momentum = settings["learning_rate"], settings.get("momentum", 0.0)
    gradient = jax.grad(lambda parameters, x, y: loss(work, parameters, x, y))

    def epoch(state, x, y, key):
        order, full = jax.random.permutation(key, n), n // batch * batch

        def step(state, rows):
            parameters, velocity = state
            g = gradient(parameters, x[rows], y[rows])
            velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, g)
            return (jax.tree.map(lambda p, v: p - rate * v, parameters, velocity), velocity), None

        state, _ = lax.scan(step, state, order[:full].reshape(-1, batch))
        if full < n:
            state, _ = step(state, order[full:])
        return state

    return jax.jit(epoch)


def sgd(work):
    x, y = data(work)
    epoch = epoch_of(work)

    def run(seed):
        key, state = jax.random.key(seed), (zeros(work), zeros(work))

        def one():
            nonlocal key, state
            key, own = jax.random.split(key)
            state = jax.block_until_ready(epoch(state, x, y, own))

        seconds = epochs(work, one)
        return {"seconds": seconds, **reached(work, state[0], x, y)}

    return run


def given(work):
    weight, bias = weights(work)
    return jnp.asarray(weight.T.copy()), jnp.asarray(bias)


def predict(work):
    x, y = data(work)
    parameters = given(work)
    classes_of = jax.jit(lambda x: jnp.argmax(logits(work, parameters, x), 1))

    def run(_):
        seconds, classes = middle(lambda: jax.block_until_ready(classes_of(x)))
        return {"seconds": seconds, "accuracy": float(jnp.mean(classes == y))}

    return run


def gradient(work):
    x, y = data(work)
    parameters = given(work)
    both = jax.jit(jax.value_and_grad(lambda parameters, x, y: loss(work, parameters, x, y)))

    def run(_):
        call = lambda: jax.block_until_ready(both(parameters, x, y))
        seconds, (value, gradients) = middle(call)
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in gradients))
        return {"seconds": seconds, "loss": float(value), "norm": float(norm)}

    return run


KINDS = {"sgd": sgd, "predict": predict, "gradient": gradient}

if __name__ == "__main__":
    serve({"jax": jax.__version__}, lambda work: KINDS[work["kind"]](work))
