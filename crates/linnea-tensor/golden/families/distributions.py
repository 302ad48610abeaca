"""Distributions: densities, cumulative probabilities, quantiles, moments, divergences, fits."""

import torch
import torch.distributions as D

from case import Family
from text import FLOATS, given, real, whole

MAKERS = {
    "Normal": D.Normal,
    "Laplace": D.Laplace,
    "Uniform": D.Uniform,
    "Bernoulli": D.Bernoulli,
    "Bernoulli.from_logits": lambda logits: D.Bernoulli(logits=logits),
    "Categorical": D.Categorical,
    "Categorical.from_logits": lambda logits: D.Categorical(logits=logits),
}
TWO = ("Normal", "Laplace", "Uniform")
METHODS = {
    "log_prob": lambda d, x: d.log_prob(x),
    "pdf": lambda d, x: d.log_prob(x).exp(),
    "cdf": lambda d, x: d.cdf(x),
    "icdf": lambda d, x: d.icdf(x),
    "entropy": lambda d: d.entropy(),
    "mean": lambda d: d.mean,
    "variance": lambda d: d.variance,
    "std": lambda d: d.stddev,
}
DIVERGENCES = [(name, name) for name in TWO] + [("Bernoulli", "Bernoulli"), ("Categorical", "Categorical"), ("Categorical.from_logits", "Categorical.from_logits"), ("Normal", "Laplace"), ("Laplace", "Normal"), ("Uniform", "Normal")]


def parameters(name):
    return 2 if name in TWO else 1


def ask(name, method):
    """One question to one distribution: parameters first, then the value."""

    def answer(*tensors):
        count = parameters(name)
        return METHODS[method](MAKERS[name](*tensors[:count]), *tensors[count:])

    return answer


def divergence(p, q):
    def answer(*tensors):
        count = parameters(p)
        return D.kl_divergence(MAKERS[p](*tensors[:count]), MAKERS[q](*tensors[count:]))

    return answer


def known(name, method):
    """What PyTorch has of each family."""
    discrete = name not in TWO
    lacks_moments = name.startswith("Categorical") and method in ("mean", "variance", "std")
    return not (lacks_moments or discrete and method in ("cdf", "icdf"))


family = Family(
    {f"{name}.{method}": ask(name, method) for name in MAKERS for method in METHODS if known(name, method)}
    | {f"kl.{p}.{q}": divergence(p, q) for p, q in DIVERGENCES}
    | {
        "Normal.fit": lambda x: [x.mean(), x.std(correction=0)],
        "Laplace.fit": lambda x: [x.median(), (x - x.median()).abs().mean()],
        "Uniform.fit": lambda x: [x.min(), x.max()],
        "Bernoulli.fit": lambda x: x.mean(),
        "Categorical.fit": lambda x, classes: torch.bincount(x, minlength=classes) / x.numel(),
    }
)


def real_parameters(name, dtype, shape=(3,), salt=1):
    """Parameters that are allowed, of this shape."""
    first = real(dtype, shape, salt)
    if name == "Uniform":
        return [first, given(dtype, first.numbers + real(dtype, shape, salt, low=5, high=8).numbers)]
    if name in TWO:
        return [first, real(dtype, shape, salt + 1, low=0.2, high=3)]
    if name == "Bernoulli":
        return [real(dtype, shape, salt, low=0.05, high=0.95)]
    if name == "Categorical":
        return [given(dtype, (torch.softmax(real(dtype, [*shape, 4], salt).numbers.double(), -1) * 64).round() / 64 + 1 / 64)]
    if name == "Categorical.from_logits":
        return [real(dtype, [*shape, 4], salt)]
    return [first]


def value(name, method, dtype, shape=(3,)):
    """A value to ask about, inside of the support; none for what takes none."""
    if method not in ("log_prob", "pdf", "cdf", "icdf"):
        return []
    if method == "icdf":
        return [real(dtype, shape, 3, low=0.05, high=0.95)]
    if name.startswith("Bernoulli"):
        return [given(dtype, whole("i64", shape, 3, low=0, high=2).numbers)]
    if name.startswith("Categorical"):
        return [whole("i64", shape, 3, low=0, high=4)]
    return [real(dtype, shape, 3, low=2.0, high=3.0) if name == "Uniform" else real(dtype, shape, 5)]


for name in MAKERS:
    for method in METHODS:
        if not known(name, method):
            continue
        # Between outcomes there is nothing to differentiate by.
        frozen = (1,) if name.startswith("Bernoulli") and value(name, method, "f64") else ()
        for dtype in FLOATS:
            family.case(f"{name}.{method}", [*real_parameters(name, dtype), *value(name, method, dtype)], frozen=frozen)
        if value(name, method, "f64"):
            family.case(f"{name}.{method}", [*real_parameters(name, "f64", ()), *value(name, method, "f64", (2, 2))], frozen=frozen)
            family.case(f"{name}.{method}", [*real_parameters(name, "f64", (3,)), *value(name, method, "f64", (2, 1))], frozen=frozen)
        else:
            family.case(f"{name}.{method}", real_parameters(name, "f64", ()))
for p, q in DIVERGENCES:
    for dtype in FLOATS:
        left, right = real_parameters(p, dtype, (3,), 4), real_parameters(q, dtype, (3,), 6)
        if p == q == "Uniform":
            right = [given(dtype, left[0].numbers - 1), given(dtype, left[1].numbers + 2)]
        family.case(f"kl.{p}.{q}", [*left, *right])
    # PyTorch's divergence of Bernoulli distributions does not broadcast.
    if p == q and p not in ("Uniform", "Bernoulli"):
        family.case(f"kl.{p}.{q}", [*real_parameters(p, "f64", (2, 1), 4), *real_parameters(q, "f64", (2,), 6)])

# Tails, and the edges of supports.
inf, nan = float("inf"), float("nan")
zero, one = given("f64", 0.0), given("f64", 1.0)
family.case("Normal.log_prob", [zero, one, given("f64", [-40.0, 0.0, 40.0, 1e10])])
family.case("Normal.pdf", [zero, one, given("f64", [-40.0, 0.0, 40.0])], frozen=(0, 1, 2))
family.case("Normal.cdf", [zero, one, given("f64", [-5.0, 0.0, 5.0, 40.0])], frozen=(0, 1, 2))
family.case("Normal.cdf", [zero, one, given("f64", [-10.0, -37.5])], frozen=(0, 1, 2))
family.case("Normal.icdf", [zero, one, given("f64", [0.0, 0.5, 1.0])], frozen=(0, 1, 2))
family.case("Laplace.log_prob", [zero, one, given("f64", [-800.0, 0.0, 800.0])])
family.case("Laplace.cdf", [zero, one, given("f64", [-2.0, 2.0, 40.0])], frozen=(0, 1, 2))
family.differs(
    "the slope of the cumulative probability is the density, at the location too", "Laplace.cdf", [zero, one, zero],
    right=None, gradients=[given("f64", 1.125 / 2), zero, given("f64", -1.125 / 2)],
)
family.case("Uniform.log_prob", [zero, one, given("f64", [0.0, 0.5])])
family.case("Uniform.cdf", [zero, one, given("f64", [0.0, 0.25, 1.0])], frozen=(0, 1, 2))
OUTSIDE = "outside of the support the probability is 0; PyTorch refuses to say so"
family.differs(OUTSIDE, "Uniform.log_prob", [zero, one, given("f64", [-0.5, 1.5])], frozen=(0, 1, 2), right=[given("f64", [-inf, -inf])])
family.differs(OUTSIDE, "Uniform.cdf", [zero, one, given("f64", [-0.5, 1.5])], frozen=(0, 1, 2), right=[given("f64", [0.0, 1.0])])
family.differs(OUTSIDE, "Bernoulli.log_prob", [given("f64", 0.25), given("f64", [0.5, 2.0])], frozen=(0, 1), right=[given("f64", [-inf, -inf])])
family.differs(OUTSIDE, "Categorical.log_prob", [given("f64", [0.25, 0.75]), given("i64", [2, -1])], frozen=(0,), right=[given("f64", [-inf, -inf])])
family.differs(
    "an impossible outcome has the logarithm −∞; PyTorch clamps the probability to its last digit", "Bernoulli.log_prob",
    [given("f64", [0.0, 1.0, 0.0, 1.0]), given("f64", [0.0, 1.0, 1.0, 0.0])], frozen=(0, 1), right=[given("f64", [0.0, 0.0, -inf, -inf])],
)
family.differs(
    "an impossible class has the logarithm −∞; PyTorch clamps the probability to its last digit", "Categorical.log_prob",
    [given("f64", [0.0, 1.0]), given("i64", [0, 1])], frozen=(0,), right=[given("f64", [-inf, 0.0])],
)
family.case("Bernoulli.entropy", [given("f64", [0.5, 0.25])])
family.differs("a certain outcome has the entropy 0", "Bernoulli.entropy", [given("f64", [0.0, 1.0])], frozen=(0,), right=[given("f64", [0.0, 0.0])])
family.case("Bernoulli.from_logits.log_prob", [given("f64", [50.0, -50.0]), given("f64", [0.0, 1.0])], frozen=(1,))
family.case("Categorical.entropy", [given("f64", [1.0, 1.0, 2.0])])
family.differs("a certain class has the entropy 0", "Categorical.entropy", [given("f64", [0.0, 1.0])], frozen=(0,), right=[given("f64", 0.0)])

# Parameters that are none.
for name, wrong in [("Normal", [0.0, 0.0]), ("Normal", [0.0, -1.0]), ("Normal", [nan, 1.0]), ("Laplace", [0.0, 0.0]), ("Laplace", [0.0, -2.0]), ("Uniform", [1.0, 0.0]), ("Uniform", [1.0, 1.0]), ("Bernoulli", [-0.5]), ("Bernoulli", [1.5]), ("Bernoulli", [nan])]:
    family.refused(f"{name}.mean", [given("f64", x) for x in wrong])
for wrong in [-0.5, 1.5], [0.0, 0.0], [nan, 1.0]:
    family.refused("Categorical.entropy", [given("f64", wrong)])
family.refused("Normal.mean", [real("f32", [3]), real("f32", [2], low=0.1)])
family.refused("Normal.log_prob", [real("f32", [3]), real("f32", [3], low=0.1), real("f32", [2])])

# Maximum likelihood.
for dtype in FLOATS:
    samples = real(dtype, [7], 20)
    for name in TWO:
        family.case(f"{name}.fit", [samples], frozen=(0,))
    family.case("Normal.fit", [real(dtype, [2, 4], 21)], frozen=(0,))
    family.case("Bernoulli.fit", [given(dtype, [1.0, 0.0, 1.0, 1.0])], frozen=(0,))
family.case("Categorical.fit", [given("i64", [0, 2, 2, 1])], classes=4)
