"""Losses that compare number with number."""

import torch
import torch.nn.functional as F

from case import Family
from text import FLOATS, given, real

REDUCTIONS = ["none", "mean", "sum"]


def hinge(prediction, target, reduction="mean"):
    losses = torch.relu(1 - target * prediction)
    return {"none": lambda x: x, "mean": torch.mean, "sum": torch.sum}[reduction](losses)


family = Family(
    {
        "squared_loss": lambda x, y: (x - y) ** 2 / 2,
        "mse": F.mse_loss,
        "l1": F.l1_loss,
        "huber": F.huber_loss,
        "smooth_l1": F.smooth_l1_loss,
        "hinge": hinge,
        "hinge_embedding": F.hinge_embedding_loss,
    }
)
POINTWISE = ["mse", "l1", "huber", "smooth_l1"]
inf, nan = float("inf"), float("nan")


def signs(dtype, shape, layout=""):
    x = real(dtype, shape, 2).numbers
    return given(dtype, torch.where(x > 0, 1.0, -1.0), layout)


def target(op, dtype, shape, layout=""):
    return signs(dtype, shape, layout) if op == "hinge" else real(dtype, shape, 2, low=-4, high=4, layout=layout)


SHAPE_WHY = "a loss between unequal shapes is refused: (n, 1) and (n,) would make n × n numbers (pytorch issue 16045)"
RESHAPED = "the target takes the prediction's shape, as in the notes; PyTorch makes n × n numbers"
for op in [*POINTWISE, "hinge", "squared_loss"]:
    reductions = [None] if op == "squared_loss" else REDUCTIONS
    frozen = (1,) if op == "hinge" else ()
    for reduction in reductions:
        options = {} if reduction is None else {"reduction": reduction}
        for dtype in FLOATS:
            family.case(op, [real(dtype, [2, 3], 1, low=-4, high=4), target(op, dtype, [2, 3])], frozen=frozen, **options)
        family.case(op, [real("f64", [3, 2], 1, layout="transposed"), target(op, "f64", [3, 2])], frozen=frozen, **options)
        family.case(op, [real("f32", [], 1), target(op, "f32", [])], frozen=frozen, **options)
        family.case(op, [real("f32", [0], 1), target(op, "f32", [0])], frozen=frozen, **options)
    if op != "hinge":
        family.case(op, [given("f32", [1.0, 2.0]), given("f32", [1.0, 2.0])])
        family.case(op, [given("f32", [1.0, inf, nan]), given("f32", [-inf, 2.0, 0.0])], frozen=(0, 1))
    family.refused(op, [real("f32", [3], 1), target(op, "f32", [2])])
    for left, right in ([3, 1], [3]), ([3], [3, 1]), ([2, 3], [3]), ([2], []):
        x, y = real("f32", left, 1), target(op, "f32", right)
        if op == "squared_loss" and len(x.numbers) == len(y.text().split()) - 1:
            family.differs(RESHAPED, op, [x, y], frozen=(0, 1), right=[(x.numbers - y.numbers.reshape(left)) ** 2 / 2])
        else:
            family.differs(SHAPE_WHY, op, [x, y], right="refused")
for delta in 0.5, 1.0, 2.0:
    for reduction in REDUCTIONS:
        family.case("huber", [real("f64", [4], 3, low=-4, high=4), real("f64", [4], 4)], delta=delta, reduction=reduction)
        family.case("smooth_l1", [real("f64", [4], 3, low=-4, high=4), real("f64", [4], 4)], beta=delta, reduction=reduction)
family.case("huber", [given("f64", [0.0, 1.0, -1.0, 0.5]), given("f64", [0.0] * 4)], delta=1.0)
family.case("smooth_l1", [given("f64", [0.0, 1.0, -1.0, 0.5]), given("f64", [0.0] * 4)], beta=0.0)
for delta in 0.0, -1.0:
    family.refused("huber", [real("f32", [2]), real("f32", [2], 1)], delta=delta)
family.refused("smooth_l1", [real("f32", [2]), real("f32", [2], 1)], beta=-1.0)
for reduction in REDUCTIONS:
    for margin in 0.5, 1.0, 2.0:
        family.case("hinge_embedding", [real("f64", [4], 5, low=-1, high=3), signs("f64", [4])], margin=margin, reduction=reduction, frozen=(1,))
family.differs("a target is −1 or 1", "hinge", [real("f32", [2]), given("f32", [0.0, 1.0])], right="refused")
