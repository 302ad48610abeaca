"""Losses that are negative logarithms of likelihoods, or divergences."""

import torch
import torch.nn.functional as F

from case import Family
from text import given, real

REDUCTIONS = ["none", "mean", "sum"]
inf = float("inf")

family = Family(
    {
        "kl_div": F.kl_div,
        "gaussian_nll": F.gaussian_nll_loss,
        "poisson_nll": F.poisson_nll_loss,
    }
)

p = given("f64", [[0.25, 0.5, 0.25], [0.125, 0.0, 0.875]])
q = given("f64", torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], dtype=torch.float64).log().round(decimals=3))
for reduction in [*REDUCTIONS, "batchmean"]:
    family.case("kl_div", [q, p], reduction=reduction, frozen=(1,))
    family.case("kl_div", [q, given("f64", [[-1.5, -0.5, -2.0], [-1.0, -1.0, -1.0]])], reduction=reduction, log_target=True)
family.case("kl_div", [given("f32", q.numbers), given("f32", p.numbers)], frozen=(1,))
family.case("kl_div", [given("f64", [[-inf, 0.0]]), given("f64", [[0.5, 0.5]])], reduction="none", frozen=(0, 1))
family.differs(
    "0·log(0/0) = 0", "kl_div", [given("f64", [[-inf, 0.0]]), given("f64", [[0.0, 1.0]])], reduction="none", frozen=(0, 1),
    right=[given("f64", [[0.0, 0.0]])],
)
family.refused("kl_div", [real("f32", [2]), real("f32", [3], low=0)])
mean, goal, var = real("f64", [2, 3], 8), real("f64", [2, 3], 9), real("f64", [2, 3], 10, low=0.1, high=3)
for reduction in REDUCTIONS:
    family.case("gaussian_nll", [mean, goal, var], reduction=reduction)
    family.case("gaussian_nll", [mean, goal, var], reduction=reduction, full=True)
family.case("gaussian_nll", [given("f32", x.numbers) for x in (mean, goal, var)])
family.case("gaussian_nll", [mean, goal, real("f64", [2, 1], 10, low=0.1, high=3)])
family.case("gaussian_nll", [mean, goal, real("f64", [2], 10, low=0.1, high=3)])
family.case("gaussian_nll", [given("f64", [1.0, 2.0]), given("f64", [1.0, 3.0]), given("f64", [0.0, 1e-9])], reduction="none")
family.case("gaussian_nll", [given("f64", [1.0, 2.0]), given("f64", [1.0, 3.0]), given("f64", [0.01, 1.0])], eps=0.1, reduction="none")
family.refused("gaussian_nll", [mean, goal, given("f64", [[-1.0], [1.0]])])
family.refused("gaussian_nll", [mean, goal, real("f64", [3, 2], 1, low=0.1)])
rate, count = real("f64", [2, 3], 11, low=-1, high=2), given("f64", [[0.0, 1.0, 2.0], [3.0, 1.0, 5.0]])
positive = real("f64", [2, 3], 12, low=0.2, high=3)
for reduction in REDUCTIONS:
    for full in False, True:
        family.case("poisson_nll", [rate, count], reduction=reduction, full=full, frozen=(1,))
        family.case("poisson_nll", [positive, count], reduction=reduction, full=full, log_input=False, frozen=(1,))
family.case("poisson_nll", [given("f32", rate.numbers), given("f32", count.numbers)], frozen=(1,))
family.case("poisson_nll", [given("f64", [0.0, 1.0]), given("f64", [0.0, 1.0])], log_input=False, eps=0.01, frozen=(1,))
