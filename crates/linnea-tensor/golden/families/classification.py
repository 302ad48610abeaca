"""Losses between scores of classes and the class, or probabilities of classes."""

import torch
import torch.nn.functional as F

from case import Family
from text import FLOATS, given, real

REDUCTIONS = ["none", "mean", "sum"]


def cross_entropy(logits, target, weight=None, **options):
    return F.cross_entropy(logits, target, weight, **options)


def nll(logs, target, weight=None, **options):
    return F.nll_loss(logs, target, weight, **options)


def bce_with_logits(logits, target, *tensors, weight=None, pos_weight=None, reduction="mean"):
    """`weight` and `pos_weight` are the places of tensors among the inputs."""
    given_tensors = (logits, target, *tensors)
    weight = None if weight is None else given_tensors[weight]
    pos_weight = None if pos_weight is None else given_tensors[pos_weight]
    return F.binary_cross_entropy_with_logits(logits, target, weight, reduction=reduction, pos_weight=pos_weight)


family = Family({"cross_entropy": cross_entropy, "nll": nll, "bce_with_logits": bce_with_logits})
inf, nan = float("inf"), float("nan")

# Classes.
logits = {dtype: real(dtype, [4, 3], 5, low=-3, high=3) for dtype in FLOATS}
classes = given("i64", [0, 2, 1, 2])
weights = {dtype: given(dtype, [0.5, 1.0, 2.0]) for dtype in FLOATS}
logs = {dtype: given(dtype, torch.log_softmax(logits["f64"].numbers, 1).round(decimals=2)) for dtype in FLOATS}
for op, scores in ("cross_entropy", logits), ("nll", logs):
    for dtype in FLOATS:
        for reduction in REDUCTIONS:
            family.case(op, [scores[dtype], classes], reduction=reduction)
            family.case(op, [scores[dtype], classes, weights[dtype]], reduction=reduction, frozen=(2,))
            family.case(op, [scores[dtype], given("i64", [0, -100, 1, -100])], reduction=reduction)
            family.case(op, [scores[dtype], classes, weights[dtype]], reduction=reduction, ignore_index=2, frozen=(2,))
    family.case(op, [real("f32", [3], 6), given("i64", 1)])
    family.case(op, [real("f64", [2, 3, 2], 6), given("i64", [[0, 2], [1, 1]])])
    family.case(op, [real("f64", [2, 3, 2], 6), given("i64", [[0, 2], [1, -100]])], reduction="sum")
    family.case(op, [real("f32", [3, 3], 6, layout="transposed"), given("i64", [0, 1, 2])])
    family.case(op, [scores["f32"], given("i64", [-100] * 4)], frozen=(0,))
    family.case(op, [scores["f32"], given("i64", [-100] * 4)], reduction="sum")
    family.case(op, [real("f32", [0, 3]), given("i64", [])], reduction="sum")
    family.case(op, [real("f32", [0, 3]), given("i64", [])], frozen=(0,))
    for wrong in [0, 1, 2, 3], [0, 1, 2, -1], [0, 1, 2]:
        family.refused(op, [scores["f32"], given("i64", wrong)])
    family.refused(op, [scores["f32"], given("i64", [[0], [1], [2], [0]])])
    family.refused(op, [scores["f32"], classes, given("f32", [1.0, 2.0])])
probabilities = {dtype: given(dtype, [[0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0, 0.75, 0.25], [0.125, 0.125, 0.75]]) for dtype in FLOATS}
for dtype in FLOATS:
    for reduction in REDUCTIONS:
        family.case("cross_entropy", [logits[dtype], probabilities[dtype]], reduction=reduction)
        family.case("cross_entropy", [logits[dtype], probabilities[dtype], weights[dtype]], reduction=reduction, frozen=(1, 2))
        family.case("cross_entropy", [logits[dtype], probabilities[dtype]], reduction=reduction, label_smoothing=0.1, frozen=(1,))
        family.case("cross_entropy", [logits[dtype], classes], reduction=reduction, label_smoothing=0.1)
        family.case("cross_entropy", [logits[dtype], given("i64", [0, -100, 1, 2]), weights[dtype]], reduction=reduction, label_smoothing=0.25, frozen=(2,))
family.case("cross_entropy", [logits["f64"], classes], label_smoothing=1.0)
family.case("cross_entropy", [real("f64", [3], 6), given("f64", [0.25, 0.25, 0.5])])
family.refused("cross_entropy", [logits["f32"], real("f32", [4, 2])])
family.refused("cross_entropy", [logits["f32"], classes], label_smoothing=1.5)
family.differs("a share is not negative", "cross_entropy", [logits["f32"], classes], right="refused", label_smoothing=-0.1)
large = given("f32", [[1000.0, 0.0, -1000.0], [-1000.0, 1000.0, 0.0]])
family.case("cross_entropy", [large, given("i64", [0, 0])], reduction="none")
family.case("cross_entropy", [given("f64", [[-inf, 0.0, 1.0], [0.0, -inf, 1.0]]), given("i64", [1, 2])], reduction="none", frozen=(0,))
family.case("cross_entropy", [given("f64", [[-inf, 0.0, 1.0], [0.0, -inf, 1.0]]), given("i64", [0, 1])], reduction="none", frozen=(0,))
IMPOSSIBLE = given("f64", [[-inf, 0.0, 1.0]])
family.differs(
    "a class of probability 0 that the target also holds impossible costs nothing: 0·log 0 = 0", "cross_entropy",
    [IMPOSSIBLE, given("f64", [[0.0, 1.0, 0.0]])], frozen=(0, 1), right=[torch.log1p(torch.tensor(1.0, dtype=torch.float64).exp())],
)
family.case("cross_entropy", [IMPOSSIBLE, given("f64", [[0.5, 0.5, 0.0]])], frozen=(0, 1))

# Binary classes.
for dtype in FLOATS:
    for reduction in REDUCTIONS:
        pair = [real(dtype, [2, 3], 7, low=-3, high=3), given(dtype, [[0.0, 1.0, 0.5], [1.0, 0.25, 0.0]])]
        family.case("bce_with_logits", pair, reduction=reduction)
        family.case("bce_with_logits", [*pair, given(dtype, [2.0, 1.0, 0.5])], weight=2, reduction=reduction, frozen=(1, 2))
        family.case("bce_with_logits", [*pair, given(dtype, [2.0, 1.0, 0.5])], pos_weight=2, reduction=reduction, frozen=(1, 2))
        family.case("bce_with_logits", [*pair, given(dtype, [[2.0], [1.0]]), given(dtype, [0.5, 1.0, 3.0])], weight=2, pos_weight=3, reduction=reduction, frozen=(1, 2, 3))
family.case("bce_with_logits", [given("f32", [100.0, -100.0, 1000.0, -1000.0, 0.0]), given("f32", [0.0, 1.0, 1.0, 0.0, 1.0])], reduction="none")
family.case("bce_with_logits", [given("f32", [40.0, -40.0, 20.0, -20.0]), given("f32", [1.0, 0.0, 1.0, 0.0])], reduction="none")
family.case("bce_with_logits", [real("f32", [0]), real("f32", [0])], reduction="sum")
family.case("bce_with_logits", [given("f32", [nan, 1.0]), given("f32", [1.0, 1.0])], reduction="none", frozen=(0, 1))
family.refused("bce_with_logits", [real("f32", [3, 1]), real("f32", [3])])
family.refused("bce_with_logits", [real("f32", [2]), real("f32", [3])])
family.differs(
    "the loss of a certain logit is 0 if it is right and +∞ if not (pytorch issue 135359)", "bce_with_logits",
    [given("f64", [inf, -inf, inf, -inf]), given("f64", [1.0, 0.0, 0.0, 1.0])], reduction="none", frozen=(0, 1),
    right=[given("f64", [0.0, 0.0, inf, inf])],
)
