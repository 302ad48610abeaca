"""Many numbers to one, over any axes."""

import torch

from case import Family
from text import FLOATS, given, real, special, whole


def over(f):
    """Over the axes given, or over all."""

    def reduce(x, axes=None, keepdim=False, **options):
        axes = tuple(range(x.dim())) if axes is None else axes
        return f(x, axes, keepdim, **options)

    return reduce


def one_by_one(f):
    """Over several axes, where PyTorch takes one."""

    def reduce(x, axes, keepdim):
        axes = [axes] if isinstance(axes, int) else axes
        if not axes:
            return x.clone()
        last_first = sorted((range(x.dim())[axis] for axis in axes), reverse=True)
        for axis in last_first:
            x = f(x, axis, keepdim)
        return x

    return over(reduce)


family = Family(
    {
        "sum": torch.sum,
        "mean": torch.mean,
        "var": torch.var,
        "std": torch.std,
        "prod": torch.prod,
        "max": torch.max,
        "min": torch.min,
        "argmax": torch.argmax,
        "argmin": torch.argmin,
        "any": torch.any,
        "all": torch.all,
        "count_nonzero": torch.count_nonzero,
        "sum_dim": over(lambda x, axes, keep: torch.sum(x, axes, keep)),
        "mean_dim": over(lambda x, axes, keep: torch.mean(x, axes, keep)),
        "var_dim": over(lambda x, axes, keep: torch.var(x, axes, keepdim=keep)),
        "std_dim": over(lambda x, axes, keep: torch.std(x, axes, keepdim=keep)),
        "var_with": over(lambda x, axes, keep, correction: torch.var(x, axes, correction=correction, keepdim=keep)),
        "std_with": over(lambda x, axes, keep, correction: torch.std(x, axes, correction=correction, keepdim=keep)),
        "prod_dim": one_by_one(torch.prod),
        "amax": over(lambda x, axes, keep: torch.amax(x, axes, keep)),
        "amin": over(lambda x, axes, keep: torch.amin(x, axes, keep)),
        "any_dim": over(lambda x, axes, keep: torch.any(x, axes, keep)),
        "all_dim": over(lambda x, axes, keep: torch.all(x, axes, keep)),
        "count_nonzero_dim": over(lambda x, axes, keep: torch.count_nonzero(x, axes)),
        "logsumexp": over(lambda x, axes, keep: torch.logsumexp(x, axes, keep)),
        "max_dim": lambda x, axis: tuple(torch.max(x, axis)),
        "min_dim": lambda x, axis: tuple(torch.min(x, axis)),
        "argmax_dim": lambda x, axis: torch.argmax(x, axis),
        "argmin_dim": lambda x, axis: torch.argmin(x, axis),
        "cumsum": lambda x, axis: torch.cumsum(x, axis),
    }
)
ALL = ["sum", "mean", "var", "std", "prod", "max", "min", "argmax", "argmin", "any", "all", "count_nonzero"]
AXES = ["sum_dim", "mean_dim", "var_dim", "std_dim", "prod_dim", "amax", "amin", "any_dim", "all_dim", "count_nonzero_dim", "logsumexp"]
AXIS = ["max_dim", "min_dim", "argmax_dim", "argmin_dim", "cumsum"]
EXTREMES = ["max", "min", "argmax", "argmin", "amax", "amin", "max_dim", "min_dim", "argmax_dim", "argmin_dim"]
NEEDS_FLOAT = ["mean", "var", "std", "mean_dim", "var_dim", "std_dim"]
INTEGERS = [given("i64", [[3, -2, 7], [0, 5, 7]]), given("u8", [[200, 100, 0], [1, 2, 3]]), given("bool", [[True, False], [True, True]])]


def wanted(op):
    return {"axis": 0} if op in AXIS else {"axes": 0} if op in AXES else {}


for op in ALL:
    for dtype in FLOATS:
        family.case(op, [real(dtype, [2, 3])])
    family.case(op, [real("f32", [3, 2], 1, layout="transposed")])
    family.case(op, [real("f64", [2, 2, 2], 2)])
    family.case(op, [real("f32", [2, 3], 3, layout="expanded")])
    if op not in ("var", "std"):
        family.case(op, [real("f32", [], 4)])
    (family.refused if op in EXTREMES else family.case)(op, [real("f32", [0])])

for op in AXES:
    keeps = (False,) if op == "count_nonzero_dim" else (False, True)
    x = real("f32", [2, 3], 5)
    for keep in keeps:
        for axes in 0, -1, [0, 1], None:
            family.case(op, [x], axes=axes, keepdim=keep)
    family.case(op, [real("f64", [2, 2, 3], 6)], axes=[0, -1])
    family.case(op, [real("f64", [2, 3, 2], 7)], axes=1)
    family.case(op, [real("f32", [3, 2], 8, layout="transposed")], axes=0)
    family.case(op, [real("f32", [2, 4], 8, layout="strided")], axes=1)
    family.refused(op, [x], axes=2)
    family.refused(op, [x], axes=-3)
    if op != "prod_dim":
        family.refused(op, [x], axes=[0, -2])
    family.case(op, [real("f32", [0, 2])], axes=1)
    (family.refused if op in EXTREMES else family.case)(op, [real("f32", [2, 0])], axes=1)

for op in AXIS:
    x = given("f32", [[1.5, -2.0, 1.5, 0.0], [0.25, 3.0, -1.0, 3.0]])
    for axis in 0, 1, -1, -2:
        family.case(op, [x], axis=axis)
    family.case(op, [real("f64", [2, 3, 2], 7)], axis=1)
    family.case(op, [real("f32", [3, 2], 8, layout="transposed")], axis=0)
    family.case(op, [real("f32", [])], axis=0)
    family.case(op, [real("f32", [0, 2])], axis=1)
    (family.refused if op in EXTREMES else family.case)(op, [real("f32", [2, 0])], axis=1)
    family.refused(op, [x], axis=2)

# Integers and booleans.
for op in ALL + AXES + AXIS:
    for x in INTEGERS:
        lacks_bool = x.dtype == "bool" and op in ("argmax", "argmin", "argmax_dim", "argmin_dim")
        if op in NEEDS_FLOAT:
            options = wanted(op)
            right = family.ops[op](x.numbers.to(torch.float32), **options)
            family.differs("torch has no mean of integers; it is f32", op, [x], right=[right], **options)
        elif lacks_bool:
            family.refused(op, [x], **wanted(op))
        else:
            family.case(op, [x], **wanted(op))

# Numbers at which reductions go wrong: each row has its own trouble.
nan, inf = float("nan"), float("inf")
ROWS = [[1.0, nan, 2.0], [inf, 1.0, 2.0], [-inf, 1.0, 2.0], [inf, -inf, 0.0], [-inf, -inf, -inf], [inf, inf, 1.0], [0.0, -0.0, 0.0], [2.0, 2.0, 2.0], [0.0, 0.0, 3.0], [0.0, 2.0, 3.0], [-0.0, 0.0, -1.0]]
for op in AXES + AXIS:
    for dtype in FLOATS:
        arguments = {"axis": 1} if op in AXIS else {"axes": 1}
        # What the slopes are there is asked below, row by row.
        frozen = (0,) if op in ("prod_dim", "amax", "amin", "logsumexp") else ()
        family.case(op, [given(dtype, ROWS)], frozen=frozen, **arguments)
for op in "amax", "amin", "prod_dim", "logsumexp":
    family.case(op, [given("f64", [row for row in ROWS if nan not in row and inf not in row and -inf not in row])], axes=1)
for op in "amax", "amin":
    family.case(op, [given("f64", ROWS[1:])], axes=1)
    family.differs(
        "the gradient of a result that is NaN goes to the NaN, not to all", op, [given("f64", [1.0, nan, 2.0])], axes=0,
        right=None, gradients=[given("f64", [0.0, -1.125, 0.0])],
    )
family.differs(
    "the slope by the one infinite number is 1", "logsumexp", [given("f64", [inf, 1.0, 2.0])], axes=0,
    right=None, gradients=[given("f64", [-1.125, 0.0, 0.0])],
)
for op in ("max", "min", "argmax", "argmin"):
    family.case(op, [given("f32", [1.0, nan, 3.0])])
    family.case(op, [given("f32", [2.0, 3.0, 3.0, 2.0])])

# Corrections, and rows too short for them.
for op in "var_with", "std_with":
    for correction in 0, 1, 2:
        family.case(op, [real("f64", [2, 4], 9)], axes=1, correction=correction)
        family.case(op, [real("f32", [2, 4], 9)], axes=None, correction=correction, keepdim=True)
    family.case(op, [real("f32", [2, 1])], axes=1, correction=0)
    family.case(op, [real("f32", [2, 1])], axes=1, correction=1, frozen=(0,))
    family.case(op, [real("f32", [2, 2])], axes=1, correction=3, frozen=(0,))
    family.case(op, [real("f32", [2, 0])], axes=1, correction=0)
for op in "var", "std":
    family.case(op, [real("f32", [1])], frozen=(0,))
    family.case(op, [given("f64", [1e8, 1e8 + 1, 1e8 + 2])])

# Sizes at which accuracy shows.
for op in "sum", "mean":
    family.case(op, [real("f64", [17, 3], 10)])
family.case("logsumexp", [given("f64", [[1000.0, 1000.0], [-1000.0, -1001.0], [800.0, -800.0]])], axes=1)
family.case("logsumexp", [given("f32", [[100.0, 100.0], [-200.0, -201.0], [90.0, -90.0]])], axes=1)
family.case("prod", [given("f64", [1e200, 1e200, 1e-200])])
family.case("sum", [given("i64", [2**62, 2**62])])
family.case("sum", [special("f32")])
