"""Tensors, and their text: `f32[2,3] 1 -0.5 nan inf 1e-40 0`.

Type, shape, and the numbers in row-major order, each in the shortest form that reads back as the same
bits. An input that does not lie in memory in that order says how it is made:

- `f32[2,3]/transposed`: the last two axes are swapped by a view;
- `f32[2,3]/strided`: every second number of the last axis of a larger tensor;
- `f32[2,3]/expanded`: the first axis repeats one slice.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import torch

DTYPES = {
    "f32": torch.float32,
    "f64": torch.float64,
    "i64": torch.int64,
    "u8": torch.uint8,
    "bool": torch.bool,
}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
FLOATS = ("f32", "f64")
SPECIAL = {
    "f32": "nan inf -inf 0 -0 1e-40 -1e-45 1e-38 3e38 -3e38 1e-30 1 -1 0.5 -2.5 88.8 -104",
    "f64": "nan inf -inf 0 -0 1e-310 -5e-324 1e-308 1.7e308 -1.7e308 1e-300 1 -1 0.5 -2.5 709.9 -745.5",
}


@dataclass(frozen=True)
class Given:
    """An input: its numbers, and how they lie in memory."""

    dtype: str
    numbers: torch.Tensor
    layout: str = ""

    def tensor(self):
        """The tensor, laid out as it should be."""
        x = self.numbers
        if self.layout == "transposed":
            return x.transpose(-1, -2).contiguous().transpose(-1, -2)
        if self.layout == "strided":
            wide = x.repeat_interleave(2, -1)
            return wide[..., ::2]
        if self.layout == "expanded":
            return x[:1].clone().expand(x.shape)
        return x.clone()

    def text(self):
        """The tensor as it is written."""
        return text(self.numbers, self.layout)


def given(dtype, numbers, layout=""):
    """An input of these numbers (nested lists, or a tensor)."""
    return Given(dtype, torch.as_tensor(numbers, dtype=DTYPES[dtype]), layout)


def real(dtype, shape, salt=0, low=-2.0, high=2.0, layout=""):
    """An input of numbers of two decimals, which depend on shape, bounds and salt alone."""
    seed = zlib.crc32(repr((tuple(shape), low, high, salt)).encode())
    numbers = np.random.Generator(np.random.PCG64(seed)).uniform(low, high, tuple(shape)).round(2)
    if layout == "expanded":
        numbers = np.broadcast_to(numbers[:1], numbers.shape).copy()
    return given(dtype, torch.tensor(numbers), layout)


def whole(dtype, shape, salt=0, low=-5, high=6, layout=""):
    """An input of whole numbers from low to high - 1 (of truth values, for bool)."""
    low, high = {"bool": (0, 2), "u8": (max(low, 0), high)}.get(dtype, (low, high))
    seed = zlib.crc32(repr((tuple(shape), low, high, salt)).encode())
    numbers = np.random.Generator(np.random.PCG64(seed)).integers(low, high, tuple(shape))
    return given(dtype, torch.tensor(numbers), layout)


def special(dtype):
    """The numbers at which functions go wrong."""
    return given(dtype, [float(x) for x in SPECIAL[dtype].split()])


def text(tensor, layout=""):
    """A tensor as it is written."""
    x = tensor.detach()
    head = f"{NAMES[x.dtype]}[{','.join(map(str, x.shape))}]" + (f"/{layout}" if layout else "")
    return " ".join([head, *map(number, x.contiguous().reshape(-1).numpy())])


def number(x):
    """The shortest text that reads back as the same number."""
    if isinstance(x, np.bool_):
        return "1" if x else "0"
    return str(x).removesuffix(".0")
