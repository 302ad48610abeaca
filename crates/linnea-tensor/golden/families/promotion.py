"""The type of a result, for every pair of types: tensors, tensors without axes, and numbers."""

import torch

from case import REFUSALS, Family
from families.binary import ARITHMETIC, COMPARISONS, EXTREMES
from text import FLOATS, given

family = Family(
    {name: ARITHMETIC[name] for name in ("add", "sub", "mul", "div", "pow")}
    | {name: COMPARISONS[name] for name in ("eq", "lt")}
    | {name: EXTREMES[name] for name in ("maximum",)}
    | {"where_": lambda c, x, y: torch.where(c, x, y)}
)

LEFT = {"f32": [1.5, 3.0], "f64": [2.5, 3.0], "i64": [5, 3], "u8": [4, 3], "bool": [True, False]}
RIGHT = {"f32": 0.5, "f64": 1.5, "i64": 2, "u8": 3, "bool": True}
NUMBERS = (True, 3, 0.5)


def either(op, inputs, **args):
    """What PyTorch says, be it an answer or a refusal (booleans have no difference)."""
    if op == "pow" and not args and all(x.dtype == "bool" for x in inputs):
        left, right = torch.broadcast_tensors(*(x.numbers for x in inputs))
        family.differs("torch has no kernel for booleans", op, inputs, right=[left | ~right])
        return
    if op == "pow" and not args and inputs[1].dtype == "bool" and inputs[0].dtype in FLOATS:
        # PyTorch's rule by the base subtracts 1 from the boolean, which it refuses.
        family.case(op, inputs, frozen=(0,))
        return
    try:
        family.run(op, inputs, (), args)
    except REFUSALS:
        family.refused(op, inputs, **args)
    else:
        family.case(op, inputs, **args)


for op in family.ops:
    condition = [given("bool", [True, False])] if op == "where_" else []
    for left, numbers in LEFT.items():
        for right, number in RIGHT.items():
            x, scalar = given(left, numbers), given(right, number)
            either(op, [*condition, x, given(right, [number, number])])
            either(op, [*condition, x, scalar])
            either(op, [*condition, scalar, x])
            either(op, [*condition, given(left, numbers[0]), scalar])
        for number in NUMBERS if op in ARITHMETIC or op in COMPARISONS else ():
            either(op, [given(left, numbers)], other=number)
            either(op, [given(left, numbers[0])], other=number)
