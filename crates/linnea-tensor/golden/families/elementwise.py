"""Functions of one tensor, number by number."""

import torch
import torch.nn.functional as F

from case import Family
from text import DTYPES, FLOATS, given, real, special, whole

# What each takes: the bounds of inputs inside its domain, and whether torch refuses a boolean.
FUNCTIONS = {
    "abs": torch.abs,
    "copy": torch.clone,
    "cos": torch.cos,
    "erf": torch.erf,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "isfinite": torch.isfinite,
    "isinf": torch.isinf,
    "isnan": torch.isnan,
    "log": torch.log,
    "log1p": torch.log1p,
    "log2": torch.log2,
    "logical_not": torch.logical_not,
    "neg": torch.neg,
    "reciprocal": torch.reciprocal,
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "sign": torch.sign,
    "sin": torch.sin,
    "softplus": F.softplus,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "tanh": torch.tanh,
}
POSITIVE = ("log", "log2", "log1p", "sqrt")

family = Family(FUNCTIONS | {"to": lambda x, dtype: x.to(DTYPES[dtype])})


def layouts(op):
    low = 0.1 if op in POSITIVE else -3.0
    family.case(op, [real("f32", [2, 3], low=low)])
    family.case(op, [real("f64", [2, 3], 1, low=low)])
    family.case(op, [real("f64", [3, 2], 2, low=low, layout="transposed")])
    family.case(op, [real("f32", [2, 2], 3, low=low, layout="strided")])
    family.case(op, [real("f32", [2, 2], 4, low=low, layout="expanded")])
    family.case(op, [real("f32", [], 5, low=low)])
    family.case(op, [real("f32", [2, 0, 3])])


def integers(op):
    for dtype, numbers in ("i64", [-3, 0, 7]), ("u8", [0, 1, 255]), ("bool", [True, False]):
        x = given(dtype, numbers)
        if op == "neg" and dtype == "bool":
            family.refused(op, [x])
        elif op in ("abs", "relu") and dtype == "bool":
            family.differs("torch has no kernel for booleans", op, [x], right=[x])
        elif op == "softplus":
            right = F.softplus(x.tensor().to(torch.float32))
            family.differs("torch has no kernel for integers", op, [x], right=[right])
        else:
            family.case(op, [x])


def specials(op, dtype):
    x = special(dtype)
    if op not in ("abs", "sign"):
        family.case(op, [x])
        return
    nan = torch.isnan(x.numbers)
    values, (gradient,) = family.run(op, [x], (), {})
    if op == "sign":
        right, gradients = [values[0].masked_fill(nan, torch.nan)], None
    else:
        right, gradients = None, [gradient.masked_fill(nan, torch.nan)]
    family.differs("what is not a number has no sign", op, [x], right=right, gradients=gradients)


for op in FUNCTIONS:
    layouts(op)
    for dtype in FLOATS:
        specials(op, dtype)
    integers(op)

for source in DTYPES:
    for dtype in DTYPES:
        numbers = [0, 1, 0, 1] if source == "bool" else [0, 1, 3, 200]
        family.case("to", [given(source, numbers)], dtype=dtype)
for dtype in "i64", "u8", "bool":
    family.case("to", [given("f32", [-2.9, -0.5, 0.5, 2.9])] if dtype != "u8" else [given("f32", [0.5, 2.9])], dtype=dtype)
family.case("to", [given("i64", [-1, 256, 300])], dtype="u8")
family.case("to", [given("f64", [1e300, 1e-50, 0.1])], dtype="f32")
family.case("to", [special("f32")], dtype="f64")
family.case("to", [special("f64")], dtype="f32")
