"""Products of vectors and matrices."""

import torch

from case import Family
from text import FLOATS, given, real, whole

family = Family(
    {
        "matmul": torch.matmul,
        "mm": torch.mm,
        "mv": torch.mv,
        "dot": torch.dot,
        "outer": torch.outer,
    }
)

PRODUCTS = [([3], [3]), ([2, 3], [3]), ([3], [3, 2]), ([2, 3], [3, 4]), ([2, 2, 3], [3]), ([2, 2, 3], [2, 3, 1]), ([2, 1, 2, 3], [3, 3, 2]), ([2, 3], [2, 3, 2]), ([3], [2, 3, 2]), ([0, 3], [3, 2]), ([2, 0], [0, 3]), ([0], [0]), ([2, 3], [3, 0])]
for dtype in FLOATS:
    for left, right in PRODUCTS:
        family.case("matmul", [real(dtype, left, 1), real(dtype, right, 2)])
for layout in "transposed", "strided", "expanded":
    family.case("matmul", [real("f32", [2, 3], 1, layout=layout), real("f32", [3, 2], 2)])
    family.case("matmul", [real("f32", [2, 3], 1), real("f32", [3, 2], 2, layout=layout)])
for left, right in ([2, 3], [2, 3]), ([3], [2]), ([], [3]), ([2], []), ([2, 2, 3], [3, 3, 2]), ([0], [2]):
    family.refused("matmul", [real("f32", left), real("f32", right)])
family.case("matmul", [whole("i64", [2, 2], 1), whole("i64", [2, 2], 2)])
family.case("matmul", [whole("u8", [2, 2], 1, high=200), whole("u8", [2, 2], 2, high=200)])
for op, left, right in ("mm", [2, 3], [3, 2]), ("mv", [2, 3], [3]), ("dot", [3], [3]), ("outer", [2], [3]):
    for dtype in FLOATS:
        family.case(op, [real(dtype, left, 1), real(dtype, right, 2)])
    family.case(op, [whole("i64", left, 1), whole("i64", right, 2)])
    if op not in ("dot", "outer"):
        family.case(op, [real("f32", left, 1, layout="transposed"), real("f32", right, 2)])
family.case("dot", [real("f64", [0]), real("f64", [0], 1)])
family.case("dot", [real("f32", [6], 1, layout="strided"), real("f32", [6], 2)])
family.case("outer", [real("f32", [0]), real("f32", [2])])
family.case("mm", [real("f32", [2, 0]), real("f32", [0, 2])])
family.case("mv", [real("f32", [2, 0]), real("f32", [0])])
for op, left, right in [("mm", [2, 3], [2, 3]), ("mm", [3], [3, 2]), ("mm", [1, 2, 3], [3, 2]), ("mv", [2, 3], [2]), ("mv", [3], [3]), ("mv", [2, 3], [3, 1]), ("dot", [3], [2]), ("dot", [1, 3], [3]), ("dot", [], []), ("outer", [2, 2], [2]), ("outer", [], [2])]:
    family.refused(op, [real("f32", left), real("f32", right)])
for op, left, right in ("matmul", [2, 2], [2, 2]), ("mm", [2, 2], [2, 2]), ("mv", [2, 2], [2]), ("dot", [2], [2]):
    family.refused(op, [real("f32", left), real("f64", right)])
inf, nan = float("inf"), float("nan")
family.case("matmul", [given("f32", [[inf, 1.0], [nan, 1.0]]), given("f32", [[0.0, 1.0], [1.0, 2.0]])])
