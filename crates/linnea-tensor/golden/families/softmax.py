"""Softmax, its relatives, and its temperature."""

import torch
import torch.nn.functional as F

from case import Family
from families.reductions import over
from text import FLOATS, given, real, whole


def hardmax(x, axis):
    """1 at the (first) largest number of the axis, 0 elsewhere."""
    places = torch.argmax(x, axis, keepdim=True)
    y = x.to(torch.get_default_dtype()) if not x.is_floating_point() else x
    # Where a number is none, there is no largest.
    nan = torch.isnan(y).any(axis, keepdim=True) if y.numel() else torch.zeros_like(y, dtype=torch.bool)
    return torch.zeros_like(y).scatter(axis, places, 1.0).masked_fill(nan, torch.nan)


family = Family(
    {
        "softmax": lambda x, axis: torch.softmax(as_float(x), axis),
        "log_softmax": lambda x, axis: torch.log_softmax(as_float(x), axis),
        "softmin": lambda x, axis: F.softmin(as_float(x), axis),
        "hardmax": lambda x, axis: hardmax(x.detach(), axis),
        "softmax_at": lambda x, axis, temperature: torch.softmax(x / temperature, axis),
        "log_softmax_at": lambda x, axis, temperature: torch.log_softmax(x / temperature, axis),
        "softmin_at": lambda x, axis, temperature: F.softmin(x / temperature, axis),
        "soft_maximum": over(lambda x, axes, keep, scale: torch.logsumexp(scale * x, axes, keep) / scale),
        "soft_minimum": over(lambda x, axes, keep, scale: -torch.logsumexp(-scale * x, axes, keep) / scale),
    }
)


def as_float(x):
    """PyTorch's softmax takes no integers without a type."""
    return x if x.is_floating_point() else x.to(torch.float32)


inf, nan = float("inf"), float("nan")
PLAIN = ["softmax", "log_softmax", "softmin", "hardmax"]
for op in PLAIN:
    frozen = (0,) if op == "hardmax" else ()
    for axis in 0, 1, -1, -2:
        family.case(op, [real("f32", [2, 3], 1)], axis=axis, frozen=frozen)
    for axis in 0, 1, 2:
        family.case(op, [real("f64", [2, 2, 3], 2)], axis=axis, frozen=frozen)
    family.case(op, [real("f32", [2, 3], 3, low=-20, high=20)], axis=1, frozen=frozen)
    for layout in "transposed", "strided", "expanded":
        family.case(op, [real("f32", [2, 4], 3, layout=layout)], axis=1, frozen=frozen)
    family.case(op, [real("f32", [])], axis=0, frozen=frozen)
    family.case(op, [real("f32", [1])], axis=0, frozen=frozen)
    family.case(op, [real("f32", [0, 2])], axis=1, frozen=frozen)
    if op != "hardmax":
        family.case(op, [real("f32", [2, 0])], axis=1)
    family.case(op, [given("i64", [1, 3, 2])], axis=0)
    family.refused(op, [real("f32", [2, 3])], axis=2)
    family.refused(op, [real("f32", [2, 3])], axis=-3)
    for dtype in FLOATS:
        family.case(op, [given(dtype, [[1000.0, 0.0, -1000.0], [1000.0, 1000.0, 999.0], [0.0, 0.0, 0.0]])], axis=1, frozen=frozen)
        infinite = given(dtype, [[-inf, 0.0, 1.0], [1.0, -inf, -inf], [2.0, 2.0, 2.0]])
        if op == "softmin":
            right = given(dtype, [[1.0, 0.0, 0.0], [nan] * 3, [1 / 3] * 3])
            family.differs("the one infinitely small number takes all", op, [infinite], axis=1, frozen=(0,), right=[right])
        else:
            family.case(op, [infinite], axis=1, frozen=(0,))
        family.case(op, [given(dtype, [[nan, 0.0, 1.0], [-inf, -inf, -inf], [inf, 0.0, inf], [-inf, nan, 0.0]])], axis=1, frozen=(0,))
for op in "softmax_at", "log_softmax_at", "softmin_at":
    for temperature in 0.5, 1.0, 2.0, 10.0:
        family.case(op, [real("f32", [2, 3], 4)], axis=1, temperature=temperature)
        family.case(op, [real("f64", [2, 3], 4)], axis=0, temperature=temperature)
for op in "soft_maximum", "soft_minimum":
    for scale in 0.5, 1.0, 4.0:
        for axes in 0, -1, [0, 1], None:
            family.case(op, [real("f64", [2, 3], 5)], axes=axes, scale=scale)
        family.case(op, [real("f32", [2, 3], 5)], axes=1, scale=scale, keepdim=True)
    family.case(op, [given("f64", [[1000.0, 1001.0], [-1000.0, 1000.0]])], axes=1, scale=2.0)
    family.refused(op, [real("f32", [2, 3])], axes=2, scale=1.0)
