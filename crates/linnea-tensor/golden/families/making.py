"""Tensors out of nothing."""

import torch
import torch.nn.functional as F

from case import Family
from text import DTYPES, given, real, whole


def kind(dtype):
    return None if dtype is None else DTYPES[dtype]


family = Family(
    {
        "zeros": lambda shape: torch.zeros(shape),
        "ones": lambda shape: torch.ones(shape),
        "full": lambda shape, value: torch.full(shape, value),
        "eye": torch.eye,
        "scalar": lambda value: torch.tensor(value),
        "zeros_like": torch.zeros_like,
        "ones_like": torch.ones_like,
        "full_like": torch.full_like,
        "arange": lambda start, end, step, dtype=None: torch.arange(start, end, step, dtype=kind(dtype)),
        "linspace": lambda start, end, steps, dtype=None: torch.linspace(start, end, steps, dtype=kind(dtype)),
        "one_hot": lambda x, classes=-1: F.one_hot(x, classes),
    }
)
for shape in [2, 3], [], [0], [1, 0, 2]:
    family.case("zeros", [], shape=shape)
    family.case("ones", [], shape=shape)
    family.case("full", [], shape=shape, value=2.5)
family.case("full", [], shape=[2], value=3)
family.case("full", [], shape=[2], value=True)
for n in 0, 1, 3:
    family.case("eye", [], n=n)
for value in 2.5, 3, True:
    family.case("scalar", [], value=value)
for x in real("f64", [2, 3]), whole("i64", [2, 1]), whole("bool", [2]), real("f32", []), real("f32", [0, 2]):
    family.case("zeros_like", [x])
    family.case("ones_like", [x])
    if x.dtype != "bool":
        family.case("full_like", [x], fill_value=3)

for start, end, step in [(0, 5, 1), (0, 5, 2), (5, 0, -2), (0, 0, 1), (0.0, 1.0, 0.25), (0.0, 1.0, 0.1), (1, 2.5, 0.5), (1.0, 0.0, -0.3), (-1.5, 1.5, 1.5), (0, 10, 3.0)]:
    family.case("arange", [], start=start, end=end, step=step)
family.case("arange", [], start=0.0, end=1.0, step=0.1, dtype="f64")
for start, end, step in [(0, 5, 0), (0, 5, -1), (5, 0, 1), (0.0, 1.0, -0.5)]:
    family.refused("arange", [], start=start, end=end, step=step)
for start, end, steps in [(0.0, 1.0, 5), (0.0, 1.0, 4), (-1.0, 1.0, 7), (1.0, 0.0, 3), (2.0, 2.0, 2), (0.0, 1.0, 1), (0.0, 1.0, 0), (-3.0, 10.0, 11), (0.1, 0.7, 6)]:
    family.case("linspace", [], start=start, end=end, steps=steps)
family.case("linspace", [], start=0.0, end=1.0, steps=7, dtype="f64")

family.case("one_hot", [given("i64", [2, 0, 1])])
family.case("one_hot", [given("i64", [2, 0, 1])], classes=5)
family.case("one_hot", [given("i64", [[1], [0]])], classes=2)
family.case("one_hot", [given("i64", 1)])
family.case("one_hot", [given("i64", [])], classes=3)
family.refused("one_hot", [given("i64", [])])
family.refused("one_hot", [given("i64", [2, 3])], classes=3)
family.refused("one_hot", [given("i64", [-1, 0])])
family.refused("one_hot", [given("f32", [1.0, 0.0])])
