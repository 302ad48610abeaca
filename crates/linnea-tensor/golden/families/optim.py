"""Optimisers: the parameter after each of several steps, its gradients being given."""

import torch

from case import Family
from text import FLOATS, given, real


def steps(maker):
    """The first tensor is the parameter, each other one a gradient of it."""

    def run(parameter, *gradients, **options):
        w = parameter.detach().clone().requires_grad_()
        optimizer = maker([w], **options)
        seen = []
        for gradient in gradients:
            w.grad = gradient.detach().clone()
            optimizer.step()
            seen.append(w.detach().clone())
        return seen

    return run


def quadratic(w):
    """Convex, with an uneven slope: its least value is at (1, −2, 0.5, …)."""
    n = w.numel()
    scale = torch.arange(1, n + 1, dtype=w.dtype)
    goal = torch.tensor([1.0, -2.0, 0.5, 3.0][:n], dtype=w.dtype)
    return (scale * (w - goal) ** 2).sum() / 2


def rosenbrock(w):
    return 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2


def l_bfgs(parameter, function, steps, **options):
    w = parameter.detach().clone().requires_grad_()
    optimizer = torch.optim.LBFGS([w], **options)

    def closure():
        optimizer.zero_grad()
        loss = {"quadratic": quadratic, "rosenbrock": rosenbrock}[function](w)
        loss.backward()
        return loss

    seen = []
    for _ in range(steps):
        optimizer.step(closure)
        seen.append(w.detach().clone())
    return seen


family = Family(
    {
        "Sgd": steps(torch.optim.SGD),
        "Adam": steps(torch.optim.Adam),
        "AdamW": steps(torch.optim.AdamW),
        "Adagrad": steps(torch.optim.Adagrad),
        "LBfgs": l_bfgs,
    }
)

OPTIONS = {
    "Sgd": [
        {},
        {"momentum": 0.9},
        {"momentum": 0.9, "nesterov": True},
        {"momentum": 0.5, "dampening": 0.25},
        {"weight_decay": 0.1},
        {"momentum": 0.9, "weight_decay": 0.01, "nesterov": True},
        {"maximize": True},
        {"momentum": 0.9, "weight_decay": 0.1, "maximize": True},
    ],
    "Adam": [{}, {"betas": [0.5, 0.75]}, {"eps": 0.01}, {"weight_decay": 0.1}, {"amsgrad": True}, {"maximize": True}],
    "AdamW": [{}, {"betas": [0.5, 0.75]}, {"weight_decay": 0.1}, {"weight_decay": 0.0}, {"amsgrad": True}, {"maximize": True}],
    "Adagrad": [{}, {"lr_decay": 0.5}, {"weight_decay": 0.1}, {"initial_accumulator_value": 0.5}, {"eps": 0.1}, {"maximize": True}],
}
for op, choices in OPTIONS.items():
    for options in choices:
        for dtype in FLOATS:
            inputs = [real(dtype, [2, 2], salt) for salt in range(1, 6)]
            family.case(op, inputs, lr=0.125, frozen=range(5), **options)
    zeros = given("f64", [0.0, 1.0])
    family.case(op, [real("f64", [2], 7), zeros, zeros, real("f64", [2], 8)], lr=0.5, frozen=range(4))
    parameter = [real("f64", [2]), real("f64", [2], 1)]
    family.refused(op, parameter, lr=-0.1)
    family.refused(op, parameter, lr=0.1, weight_decay=-0.1)
    if "Adam" in op:
        family.refused(op, parameter, lr=0.1, betas=[1.0, 0.9])
        family.refused(op, parameter, lr=0.1, betas=[0.9, -0.1])
family.refused("Sgd", parameter, lr=0.1, momentum=-0.5)
family.refused("Sgd", parameter, lr=0.1, nesterov=True)
family.refused("Sgd", parameter, lr=0.1, nesterov=True, momentum=0.9, dampening=0.5)
family.refused("Adagrad", parameter, lr=0.1, lr_decay=-0.5)

close = (1e-9, 1e-9)
for start in [0.0, 0.0, 0.0], [5.0, -5.0, 2.0]:
    for line_search in None, "strong_wolfe":
        options = {"line_search_fn": line_search} if line_search else {}
        x = given("f64", start)
        family.case("LBfgs", [x], function="quadratic", steps=3, lr=0.5, max_iter=2, frozen=(0,), tolerance=close, **options)
        family.case("LBfgs", [x], function="quadratic", steps=2, lr=1.0, max_iter=3, history_size=1, frozen=(0,), tolerance=close, **options)
for start in [-1.0, 1.5], [0.5, 0.5]:
    x = given("f64", start)
    family.case("LBfgs", [x], function="rosenbrock", steps=4, lr=1.0, max_iter=4, line_search_fn="strong_wolfe", frozen=(0,), tolerance=(1e-6, 1e-6))
    family.case("LBfgs", [x], function="rosenbrock", steps=3, lr=0.01, max_iter=2, frozen=(0,), tolerance=close)
family.case("LBfgs", [given("f64", [1.0, -2.0])], function="quadratic", steps=1, lr=1.0, frozen=(0,))
