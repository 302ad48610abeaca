"""Layers and initial values."""

import torch
import torch.nn.functional as F

from case import Family
from text import FLOATS, real

family = Family(
    {
        "Linear": F.linear,
        "init.constant_": lambda x, value: torch.nn.init.constant_(x.detach(), value),
        "init.zeros_": lambda x: torch.nn.init.zeros_(x.detach()),
        "init.ones_": lambda x: torch.nn.init.ones_(x.detach()),
        "init.gain": lambda nonlinearity, slope=None: torch.tensor(torch.nn.init.calculate_gain(nonlinearity, slope), dtype=torch.float64),
    }
)
for dtype in FLOATS:
    weight, bias = real(dtype, [2, 3], 1), real(dtype, [2], 2)
    for shape in [4, 3], [3], [2, 2, 3], [0, 3]:
        family.case("Linear", [real(dtype, shape, 3), weight])
        family.case("Linear", [real(dtype, shape, 3), weight, bias])
    family.case("Linear", [real(dtype, [2, 3], 3, layout="transposed"), weight, bias])
    family.refused("Linear", [real(dtype, [4, 2]), weight, bias])
    family.refused("Linear", [real(dtype, []), weight, bias])
family.refused("Linear", [real("f32", [4, 3]), real("f64", [2, 3])])
for shape in [2, 3], [], [0]:
    family.case("init.constant_", [real("f32", shape)], value=0.5, frozen=(0,))
    family.case("init.zeros_", [real("f64", shape)], frozen=(0,))
    family.case("init.ones_", [real("f32", shape)], frozen=(0,))
for nonlinearity in "linear", "sigmoid", "tanh", "relu":
    family.case("init.gain", [], nonlinearity=nonlinearity)
for slope in None, 0.2:
    family.case("init.gain", [], nonlinearity="leaky_relu", slope=slope)
