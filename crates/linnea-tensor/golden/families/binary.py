"""Functions of two tensors, number by number, and choices between them."""

import torch

from case import Family
from text import FLOATS, given, real, special, whole


def operator(f):
    """With a second tensor, or with the number `other`."""
    return lambda x, y=None, other=None: f(x, y if other is None else decoded(other))


def decoded(number):
    """A number as it came; a text is a float that JSON lacks."""
    return float(number) if isinstance(number, str) else number


def extreme(f):
    """torch.maximum and torch.minimum take tensors only."""
    return lambda x, y=None, other=None: f(x, y if other is None else torch.tensor(other, dtype=x.dtype))


ARITHMETIC = {
    "add": operator(torch.add),
    "sub": operator(torch.sub),
    "mul": operator(torch.mul),
    "div": operator(torch.div),
    "pow": operator(torch.pow),
}
COMPARISONS = {name: operator(getattr(torch, name)) for name in ("eq", "ne", "lt", "le", "gt", "ge")}
EXTREMES = {"maximum": extreme(torch.maximum), "minimum": extreme(torch.minimum)}
IN_PLACE = {
    f"{name}_": operator(lambda x, y, name=name: getattr(x.detach(), f"{name}_")(y))
    for name in ("add", "sub", "mul", "div", "copy")
}


def where(condition, *branches, a=None, b=None):
    branches = list(branches)
    first = branches.pop(0) if a is None else decoded(a)
    second = branches.pop(0) if b is None else decoded(b)
    return torch.where(condition, first, second)


def clamp(x, min=None, max=None):
    return torch.clamp(x, None if min is None else decoded(min), None if max is None else decoded(max))


family = Family(
    ARITHMETIC
    | COMPARISONS
    | EXTREMES
    | IN_PLACE
    | {
        "where_": where,
        "clamp": clamp,
        "equal": lambda x, y: torch.tensor(torch.equal(x, y)),
        "allclose": lambda x, y, rtol, atol: torch.tensor(torch.allclose(x, y, rtol, atol)),
        "rsub": lambda x, other: other - x,
        "rdiv": lambda x, other: other / x,
    }
)

SHAPES = [([2, 3], [2, 3]), ([2, 3], [3]), ([2, 1], [1, 3]), ([], [2]), ([2, 1, 2], [3, 1]), ([0, 2], [1, 2]), ([2, 0], [1])]


def broadcasting(op, low=-2.0):
    for dtype in FLOATS:
        for left, right in SHAPES:
            family.case(op, [real(dtype, left, 1, low=low), real(dtype, right, 2, low=low)])
    for layout in "transposed", "strided", "expanded":
        family.case(op, [real("f32", [2, 2], 3, low=low, layout=layout), real("f32", [2, 2], 4, low=low)])
        family.case(op, [real("f32", [2, 2], 5, low=low), real("f32", [2, 2], 6, low=low, layout=layout)])
    family.refused(op, [real("f32", [2, 3]), real("f32", [2])])
    family.refused(op, [real("f32", [0]), real("f32", [2])])
    family.refused(op, [real("f32", [2, 3]), real("f32", [3, 2])])


def table(dtype, numbers):
    """Every number against every other."""
    n = len(numbers)
    return [given(dtype, [[x] * n for x in numbers]), given(dtype, [numbers] * n)]


NUMBERS = [float(x) for x in "nan inf -inf 0 -0 1e-40 3e38 -1 0.5 2".split()]

for op in ARITHMETIC:
    broadcasting(op, low=0.1 if op == "pow" else -2.0)
    for dtype in FLOATS:
        family.case(op, table(dtype, NUMBERS))
for op in COMPARISONS:
    for layout in "", "transposed", "expanded":
        family.case(op, [whole("f32", [3, 2], 1, layout=layout), whole("f32", [3, 2], 2)] if layout != "expanded" else [real("f32", [3, 2], 1, layout=layout), real("f32", [2], 1)])
    family.case(op, [whole("i64", [2, 1], 1), whole("i64", [3], 2)])
    family.case(op, table("f32", NUMBERS[:6]))
    family.case(op, [real("f64", [0, 2]), real("f64", [2])])
    family.refused(op, [real("f32", [2, 3]), real("f32", [2])])
for op in EXTREMES:
    broadcasting(op)
    for dtype in FLOATS:
        family.case(op, table(dtype, NUMBERS))
    family.case(op, [real("f32", [2, 3])], other=0.5)
    family.case(op, [given("f32", [0.5, 1.0])], other=0.5)

for op in ARITHMETIC:
    for other in 2.5, -1, 0, 0.0, 1, 2, 3, 0.5, "inf", "nan", True:
        if op == "sub" and other is True:
            family.refused(op, [real("f32", [3], low=0.1)], other=other)
        else:
            family.case(op, [real("f32", [3], low=0.1)], other=other)
for x in [3.0, 0.5], [-2.0, 0.0]:
    family.case("rsub", [given("f32", x)], other=2)
    family.case("rdiv", [given("f32", x)], other=2)
family.case("rsub", [given("u8", [3, 1])], other=2)
family.case("rdiv", [given("i64", [3, 4])], other=2)

# Powers at the edges of their domain.
family.case("pow", [given("f32", [-2.0, -1.0, 0.0, 2.0])], other=3)
family.case("pow", [given("f32", [-2.0, -1.0, 0.0, 2.0])], other=0.5)
family.case("pow", [given("f32", [-2.0, 0.0, 2.0])], other=-2)
family.case("pow", [given("i64", [-2, 0, 3])], other=3)
family.case("pow", [given("i64", [-2, 0, 3])], other=0)
family.refused("pow", [given("i64", [2, 3])], other=-1)
family.case("pow", [given("i64", [2, 3])], other=-1.0)
family.case("pow", [given("i64", [3, 5, 10])], other=40)
family.case("pow", [given("u8", [2, 3])], other=9)
family.case("pow", [given("i64", [2, -1, 1]), given("i64", [3, -3, -1])])
family.case("pow", [given("f64", [1e200, 1e-200])], other=2)

# Integers wrap; their quotient is a float.
family.case("add", [given("u8", [250, 3]), given("u8", [10, 3])])
family.case("sub", [given("u8", [3, 250])], other=10)
family.case("mul", [given("i64", [2**62, -(2**62)])], other=4)
family.case("add", [given("i64", [2**63 - 1])], other=1)
family.case("div", [given("i64", [1, -1, 0])], other=0)
family.case("div", [given("u8", [7, 8]), given("u8", [2, 0])])
family.refused("sub", [given("bool", [True]), given("bool", [False])])

# Changes in place.
for op in IN_PLACE:
    family.case(op, [real("f32", [2, 3], 1), real("f32", [2, 3], 2)], frozen=(0, 1))
    family.case(op, [real("f32", [2, 3], 1), real("f32", [3], 2)], frozen=(0, 1))
    family.case(op, [real("f32", [2, 3], 1), real("f64", [2, 3], 2)], frozen=(0, 1))
    family.case(op, [real("f32", [2, 2], 1, layout="transposed"), real("f32", [2, 2], 2)], frozen=(0, 1))
    family.case(op, [real("f32", [2, 3], 1), whole("i64", [1], 2)], frozen=(0, 1))
    family.refused(op, [real("f32", [3]), real("f32", [2, 3])])
    family.refused(op, [real("f32", [2, 3]), real("f32", [2])])
for op in "add_", "sub_", "mul_":
    family.case(op, [given("u8", [250, 3])], other=10)
    family.refused(op, [given("i64", [1, 2]), real("f32", [2])])
    family.refused(op, [given("i64", [1, 2])], other=0.5)
family.refused("div_", [given("i64", [4, 2])], other=2)
family.case("copy_", [given("i64", [1, 2]), given("f32", [2.9, -2.9])], frozen=(1,))

# Choices.
condition = given("bool", [[True, False, True], [False, False, True]])
for dtype in FLOATS:
    family.case("where_", [condition, real(dtype, [2, 3], 1), real(dtype, [2, 3], 2)])
    family.case("where_", [condition, real(dtype, [3], 1), real(dtype, [2, 1], 2)])
    family.case("where_", [condition, real(dtype, [], 1), real(dtype, [4, 1, 1], 2)])
family.case("where_", [condition, real("f32", [2, 3], 1)], b=0.0)
family.case("where_", [condition, real("f32", [2, 3], 1)], a="nan")
family.case("where_", [condition], a=1, b=0)
family.case("where_", [condition], a=1.5, b=0)
family.case("where_", [condition, given("i64", [1, 2, 3])], b=0.5)
family.case("where_", [condition, given("u8", [1, 2, 3]), given("i64", [4, 5, 6])])
family.case("where_", [given("bool", [True, False]), given("f32", [1.0, float("nan")]), given("f32", [float("nan"), 2.0])])
family.case("where_", [given("bool", [[True], [False]]), real("f32", [2, 2], layout="transposed"), real("f32", [2, 2], 1, layout="strided")])
family.case("where_", [given("bool", torch.zeros(0, 1)), real("f32", [0, 2]), real("f32", [2])])
family.refused("where_", [condition, real("f32", [2]), real("f32", [3])])
family.refused("where_", [given("f32", [1.0, 0.0]), real("f32", [2]), real("f32", [2])])
for dtype in FLOATS:
    family.case("clamp", [special(dtype)], min=-1, max=0.5)
    family.case("clamp", [real(dtype, [2, 3])], min=-0.5)
    family.case("clamp", [real(dtype, [2, 3], layout="transposed")], max=0.5)
family.case("clamp", [given("f32", [-1.0, 0.0, 1.0])], min=-1.0, max=1.0)
family.case("clamp", [given("f32", [-1.0, 0.0, 1.0])], min=0.5, max=-0.5)
family.case("clamp", [given("f32", [-1.0, 0.0, 1.0])], min="nan")
family.case("clamp", [given("f32", [-1.0, 0.0, 1.0])], min="-inf", max="inf")
family.case("clamp", [given("i64", [-3, 0, 3])], min=-1, max=2)
family.case("clamp", [given("i64", [-3, 0, 3])], min=-0.5, max=2)
family.case("clamp", [given("u8", [0, 3, 9])], min=1, max=5)
family.case("clamp", [real("f32", [])], min=0)
family.case("clamp", [real("f32", [0, 2])], min=0)
family.refused("clamp", [real("f32", [2])])

nan = float("nan")
for x, y in ([1.0, 2.0], [1.0, 2.0]), ([1.0, 2.0], [1.0, 2.5]), ([1.0, nan], [1.0, nan]), ([0.0], [-0.0]), ([1.0], [1.0, 1.0]), ([], []):
    family.case("equal", [given("f32", x), given("f32", y)])
inf = float("inf")
for x, y in ([1.0, 2.0], [1.0, 2.00001]), ([1.0], [1.1]), ([inf], [inf]), ([inf], [-inf]), ([inf], [1.0]), ([1.0], [inf]), ([nan], [nan]), ([0.0], [1e-9]):
    family.case("allclose", [given("f64", x), given("f64", y)], rtol=1e-5, atol=1e-8)
