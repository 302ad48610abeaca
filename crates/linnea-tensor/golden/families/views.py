"""The same numbers in another shape, parts of them, and tensors joined."""

import torch

from case import Family
from text import given, real, whole

family = Family(
    {
        "reshape": lambda x, sizes: x.reshape(sizes),
        "view": lambda x, sizes: x.view(sizes),
        "flatten": lambda x: x.flatten(),
        "flatten_dims": lambda x, start, end: x.flatten(start, end),
        "transpose": lambda x, a, b: x.transpose(a, b),
        "t": lambda x: x.t(),
        "permute": lambda x, order: x.permute(order),
        "squeeze": lambda x: x.squeeze(),
        "squeeze_dim": lambda x, axis: x.squeeze(axis),
        "unsqueeze": lambda x, axis: x.unsqueeze(axis),
        "expand": lambda x, sizes: x.expand(sizes),
        "broadcast_to": lambda x, sizes: x.broadcast_to(sizes),
        "cat": lambda *x, axis: torch.cat(x, axis),
        "stack": lambda *x, axis: torch.stack(x, axis),
        "split": lambda x, size, axis: x.split(size, axis),
        "split_sizes": lambda x, sizes, axis: x.split(sizes, axis),
        "chunk": lambda x, n, axis: x.chunk(n, axis),
        "unbind": lambda x, axis: x.unbind(axis),
        "index_select": lambda x, index, axis: x.index_select(axis, index),
        "index_add": lambda x, index, source, axis: x.index_add(axis, index, source),
        "gather": lambda x, index, axis: x.gather(axis, index),
        "scatter_add": lambda x, index, source, axis: x.scatter_add(axis, index, source),
        "masked_select": torch.masked_select,
        "masked_fill": lambda x, mask, value: x.masked_fill(mask, value),
        "select": lambda x, axis, index: x.select(axis, index),
        "slice": lambda x, axis, start, end, step: sliced(x, axis, slice(start, end, step)),
        "narrow": lambda x, axis, start, length: x.narrow(axis, start, length),
    }
)


def sliced(x, axis, places):
    """A slice of any axis, by Python's rules."""
    index = [slice(None)] * x.dim()
    index[axis] = places
    return x[tuple(index)]


# Shapes.
x = real("f32", [2, 3])
for sizes in [3, 2], [6], [-1], [3, -1], [1, 6, 1], [-1, 2]:
    family.case("reshape", [x], sizes=sizes)
    family.case("view", [x], sizes=sizes)
for op in "reshape", "view":
    family.case(op, [real("f32", [])], sizes=[1, 1])
    family.case(op, [real("f64", [1, 1])], sizes=[])
    family.case(op, [real("f32", [0, 3])], sizes=[3, 0])
    family.case(op, [real("f32", [2, 0])], sizes=[-1])
    family.case(op, [whole("i64", [4])], sizes=[2, 2])
    for sizes in [4], [-1, -1], [4, -1], [-2, 3], [0]:
        family.refused(op, [x], sizes=sizes)
    family.refused(op, [real("f32", [0, 3])], sizes=[0, -1])
family.case("reshape", [real("f32", [2, 3], layout="transposed")], sizes=[6])
family.case("reshape", [real("f32", [2, 3], layout="strided")], sizes=[3, 2])
family.case("reshape", [real("f32", [2, 3], layout="expanded")], sizes=[-1])
family.case("view", [real("f32", [2, 3], layout="transposed")], sizes=[2, 1, 3])
family.refused("view", [real("f32", [2, 3], layout="transposed")], sizes=[6])

for shape in [2, 3], [], [2, 1, 3], [0, 2]:
    family.case("flatten", [real("f32", shape)])
family.case("flatten", [real("f32", [2, 3], layout="transposed")])
x = real("f32", [2, 2, 3])
for start, end in (0, 1), (1, 2), (1, -1), (-2, -1), (0, -1), (1, 1):
    family.case("flatten_dims", [x], start=start, end=end)
family.case("flatten_dims", [real("f32", [])], start=0, end=0)
for start, end in (2, 1), (0, 3), (-4, 0):
    family.refused("flatten_dims", [x], start=start, end=end)

for a, b in (0, 1), (-1, -3), (1, 1), (2, 0):
    family.case("transpose", [x], a=a, b=b)
family.case("transpose", [real("f64", [2, 3], layout="strided")], a=0, b=1)
family.case("transpose", [real("f32", [])], a=0, b=-1)
family.case("transpose", [real("f32", [0, 3])], a=0, b=1)
for a, b in (0, 3), (-4, 0):
    family.refused("transpose", [x], a=a, b=b)
for shape in [], [3], [2, 3]:
    family.case("t", [real("f32", shape)])
family.refused("t", [x])
for order in [0, 1, 2], [2, 0, 1], [-1, 0, -2], [1, 0, 2]:
    family.case("permute", [x], order=order)
family.case("permute", [real("f32", [])], order=[])
for order in [0, 1], [0, 0, 1], [0, 1, 3], [0, 1, 2, 3]:
    family.refused("permute", [x], order=order)

for shape in [1, 2, 1], [2, 3], [1, 1], [], [1, 0]:
    family.case("squeeze", [real("f32", shape)])
for axis in 0, 1, 2, -1, -3:
    family.case("squeeze_dim", [real("f32", [1, 2, 1])], axis=axis)
family.case("squeeze_dim", [real("f32", [])], axis=0)
family.refused("squeeze_dim", [real("f32", [1, 2])], axis=2)
for axis in 0, 1, 2, -1, -3:
    family.case("unsqueeze", [real("f32", [2, 3])], axis=axis)
family.case("unsqueeze", [real("f32", [])], axis=-1)
for axis in 3, -4:
    family.refused("unsqueeze", [real("f32", [2, 3])], axis=axis)

for sizes in [2, 3], [4, 2, 3], [-1, 3], [2, -1]:
    family.case("expand", [real("f32", [2, 1] if sizes[-1] == 3 else [1, 3])], sizes=sizes)
family.case("expand", [real("f64", [])], sizes=[2, 2])
family.case("expand", [real("f64", [1, 2])], sizes=[0, 2])
family.case("expand", [real("f32", [3, 1], layout="transposed")], sizes=[2, -1, 2])
for sizes in [3], [2, 4], [-1, 2, 3], [2, -2]:
    family.refused("expand", [real("f32", [2, 3])], sizes=sizes)
for shape, sizes in ([3], [2, 3]), ([2, 1], [2, 3]), ([], [2]), ([1], [0]), ([1, 2], [3, 1, 2]):
    family.case("broadcast_to", [real("f32", shape)], sizes=sizes)
for sizes in [3], [2, 4], [3, 3]:
    family.refused("broadcast_to", [real("f32", [2, 3])], sizes=sizes)

# Joined.
for axis in 0, 1, -1, -2:
    family.case("cat", [real("f32", [2, 2], 1), real("f32", [2, 2], 2)], axis=axis)
family.case("cat", [real("f32", [1, 2], 1), real("f32", [3, 2], 2), real("f32", [2, 2], 3)], axis=0)
family.case("cat", [real("f32", [2, 1], 1, layout="expanded"), real("f32", [2, 3], 2, layout="transposed")], axis=1)
family.case("cat", [real("f32", [0], 1), real("f32", [2, 2], 2)], axis=0)
family.case("cat", [real("f32", [0, 2], 1), real("f32", [1, 2], 2)], axis=0)
family.case("cat", [real("f64", [2])], axis=0)
family.case("cat", [real("f32", [2]), real("f64", [1])], axis=0)
family.case("cat", [whole("i64", [2]), real("f32", [1])], axis=0)
family.case("cat", [whole("u8", [2]), whole("bool", [1])], axis=0)
family.refused("cat", [], axis=0)
family.refused("cat", [real("f32", []), real("f32", [])], axis=0)
family.refused("cat", [real("f32", [2, 2]), real("f32", [2, 3])], axis=0)
family.refused("cat", [real("f32", [2, 2]), real("f32", [2])], axis=0)
family.refused("cat", [real("f32", [2, 2]), real("f32", [2, 2])], axis=2)
for axis in 0, 1, 2, -1, -3:
    family.case("stack", [real("f32", [2, 3], 1), real("f32", [2, 3], 2)], axis=axis)
family.case("stack", [real("f32", []), real("f32", [], 1), real("f32", [], 2)], axis=0)
family.case("stack", [real("f32", [0])], axis=1)
family.case("stack", [real("f32", [2, 2], 1, layout="transposed"), real("f32", [2, 2], 2)], axis=1)
family.case("stack", [real("f64", [2]), whole("i64", [2])], axis=0)
family.refused("stack", [], axis=0)
family.refused("stack", [real("f32", [2]), real("f32", [3])], axis=0)
family.refused("stack", [real("f32", [2]), real("f32", [2])], axis=2)

# Pieces.
x = real("f32", [5, 2])
for size, axis in (2, 0), (5, 0), (7, 0), (1, 1), (2, -1):
    family.case("split", [x], size=size, axis=axis)
family.case("split", [real("f32", [0, 2])], size=2, axis=0)
family.case("split", [real("f32", [0, 2])], size=0, axis=0)
family.case("split", [real("f32", [3, 2], layout="transposed")], size=2, axis=0)
family.refused("split", [x], size=0, axis=0)
family.refused("split", [x], size=2, axis=2)
family.refused("split", [real("f32", [])], size=1, axis=0)
family.case("split_sizes", [x], sizes=[1, 4], axis=0)
family.case("split_sizes", [x], sizes=[2, 0, 3], axis=-2)
family.refused("split_sizes", [x], sizes=[2, 2], axis=0)
family.refused("split_sizes", [x], sizes=[3, 3], axis=0)
for n, axis in (2, 0), (3, 0), (4, 0), (5, 0), (9, 0), (2, 1), (1, -1):
    family.case("chunk", [x], n=n, axis=axis)
family.refused("chunk", [x], n=0, axis=0)
family.refused("chunk", [x], n=2, axis=5)
for axis in 0, -1:
    family.case("unbind", [x], axis=axis)
family.case("unbind", [real("f32", [2, 0])], axis=0)
family.refused("unbind", [x], axis=2)
family.refused("unbind", [real("f32", [])], axis=0)

# Places.
x = real("f32", [3, 4])
for index, axis in ([0, 2], 0), ([3, 0, 3], 1), ([1, 1], -2), ([], 0):
    family.case("index_select", [x, given("i64", index)], axis=axis)
family.case("index_select", [x, given("i64", 2)], axis=0)
family.case("index_select", [real("f64", [3, 2], layout="transposed"), given("i64", [2, 2, 0])], axis=0)
family.differs(
    "a tensor without axes has no places to choose from", "index_select", [real("f32", []), given("i64", [0])],
    axis=0, right="refused",
)
for index in [3], [-1], [[0, 1]]:
    family.refused("index_select", [x, given("i64", index)], axis=0)
family.refused("index_select", [x, given("f32", [1.0])], axis=0)
family.refused("index_select", [x, given("i64", [0])], axis=2)
for index, axis in ([0, 2], 0), ([1, 1], -2):
    family.case("index_add", [x, given("i64", index), real("f32", [2, 4], 1)], axis=axis)
family.case("index_add", [x, given("i64", [3, 0, 3]), real("f32", [3, 3], 1)], axis=1)
family.refused("index_add", [x, given("i64", [0, 3]), real("f32", [2, 4], 1)], axis=0)
family.refused("index_add", [x, given("i64", [0, 1]), real("f32", [3, 4], 1)], axis=0)
family.refused("index_add", [x, given("i64", [0]), real("f64", [1, 4], 1)], axis=0)

for index, axis in ([[0, 1, 2, 0]], 0), ([[3], [0], [1]], 1), ([[0, 0], [1, 2]], -1), ([[2, 2, 2, 2], [0, 0, 0, 0]], 0):
    family.case("gather", [x, given("i64", index)], axis=axis)
family.case("gather", [real("f64", [2, 3], layout="transposed"), given("i64", [[2, 0], [1, 1]])], axis=1)
family.case("gather", [real("f32", []), given("i64", 0)], axis=0)
family.case("gather", [x, given("i64", torch.zeros(0, 4))], axis=0)
for index in [[4], [0], [0]], [[-1], [0], [0]], [0], [[0], [0], [0], [0]]:
    family.refused("gather", [x, given("i64", index)], axis=1)
family.refused("gather", [x, given("f32", [[0.0], [0.0], [0.0]])], axis=1)
family.refused("gather", [x, given("i64", [[0], [0], [0]])], axis=2)
family.case("scatter_add", [x, given("i64", [[0, 0, 2, 1]]), real("f32", [1, 4], 1)], axis=0)
family.case("scatter_add", [x, given("i64", [[0, 0], [3, 3]]), real("f32", [2, 2], 1)], axis=1)
family.case("scatter_add", [x, given("i64", [[0, 0], [3, 3]]), real("f32", [3, 3], 1)], axis=-1, frozen=(2,))
family.refused("scatter_add", [x, given("i64", [[4]]), real("f32", [1, 1])], axis=1)
family.refused("scatter_add", [x, given("i64", [[0, 1]]), real("f32", [1, 1])], axis=1)

mask = given("bool", [[True, False, True, True], [False] * 4, [False, True, False, False]])
family.case("masked_select", [x, mask])
family.case("masked_select", [x, given("bool", [True, False, False, True])])
family.case("masked_select", [x, given("bool", [[True], [False], [True]])])
family.case("masked_select", [real("f64", [4]), mask])
family.case("masked_select", [x, given("bool", False)])
family.case("masked_select", [real("f32", [2, 2], layout="transposed"), given("bool", [[True, True], [False, True]])])
family.case("masked_select", [real("f32", []), given("bool", True)])
family.refused("masked_select", [x, given("bool", [True, False])])
family.refused("masked_select", [x, given("i64", [1, 0, 0, 1])])
for value in -1.5, "-inf", 2:
    family.case("masked_fill", [x, mask], value=float(value) if isinstance(value, str) else value)
family.case("masked_fill", [x, given("bool", [True, False, False, True])], value=0.0)
family.case("masked_fill", [whole("i64", [2]), given("bool", [True, False])], value=7)
family.refused("masked_fill", [x, given("bool", [True, False])], value=0.0)
family.differs(
    "a mask does not make a tensor larger", "masked_fill", [real("f32", [2]), given("bool", [[True, False]])],
    value=0.0, right="refused",
)
family.refused("masked_fill", [x, whole("i64", [4])], value=0.0)

x = real("f32", [3, 4])
for axis, index in (0, 0), (0, -1), (1, 2), (-1, -4), (-2, 1):
    family.case("select", [x], axis=axis, index=index)
family.case("select", [real("f32", [2, 3], layout="transposed")], axis=0, index=1)
for axis, index in (0, 3), (0, -4), (2, 0):
    family.refused("select", [x], axis=axis, index=index)
family.refused("select", [real("f32", [])], axis=0, index=0)
for axis, start, end, step in [(0, 1, 3, 1), (1, None, None, 2), (-1, -2, None, 1), (0, 2, 1, 1), (1, 1, -1, 1), (0, -9, 9, 1), (1, 1, None, 2), (1, None, -3, 1), (0, 5, None, 1), (1, 0, 4, 3)]:
    family.case("slice", [x], axis=axis, start=start, end=end, step=step)
family.case("slice", [real("f64", [4, 3], layout="transposed")], axis=0, start=1, end=None, step=2)
family.case("slice", [real("f64", [2, 4], layout="strided")], axis=1, start=1, end=3, step=1)
family.refused("slice", [x], axis=0, start=0, end=3, step=0)
family.refused("slice", [x], axis=2, start=0, end=3, step=1)
for axis, start, length in (0, 0, 2), (1, 1, 3), (-1, -2, 2), (0, 1, 0), (0, 3, 0):
    family.case("narrow", [x], axis=axis, start=start, length=length)
for axis, start, length in (0, 2, 2), (0, -4, 1), (2, 0, 1), (0, 4, 0):
    family.refused("narrow", [x], axis=axis, start=start, length=length)
