"""Norms of vectors and matrices, and what is made of them."""

import torch
import torch.nn.functional as F

from case import Family
from families.reductions import over
from text import FLOATS, given, real


def clip_grad_norm(*gradients, max_norm):
    """The norm of all gradients together, and the gradients after clipping."""
    leaves = [torch.zeros_like(g).requires_grad_() for g in gradients]
    for leaf, gradient in zip(leaves, gradients):
        leaf.grad = gradient.detach().clone()
    norm = torch.nn.utils.clip_grad_norm_(leaves, max_norm)
    return [norm.detach(), *(leaf.grad for leaf in leaves)]


def p_norm(x, p):
    return torch.linalg.vector_norm(x, float(p))


family = Family(
    {
        "norm": p_norm,
        "norm_dim": over(lambda x, axes, keep, p: torch.linalg.vector_norm(x, float(p), axes, keep)),
        "frobenius_norm": lambda x: torch.linalg.matrix_norm(x, "fro"),
        "nuclear_norm": lambda x: torch.linalg.matrix_norm(x, "nuc"),
        "spectral_norm": lambda x: torch.linalg.matrix_norm(x, 2),
        "normalize": lambda x, p, axis: F.normalize(x, float(p), axis),
        "cosine_similarity": lambda x, y, axis: F.cosine_similarity(x, y, axis),
        "pairwise_distance": lambda x, y, p: F.pairwise_distance(x, y, float(p)),
        "clip_grad_norm": clip_grad_norm,
    }
)

inf, nan = float("inf"), float("nan")

# Norms.
POWERS = [0, 1, 2, 3, 0.5, 1.5, 2.5, 4, -1, -2, "inf", "-inf"]
for p in POWERS:
    for dtype in FLOATS:
        family.case("norm", [real(dtype, [2, 3], 1)], p=p)
    family.case("norm", [real("f64", [3, 2], 2, layout="transposed")], p=p)
    family.case("norm_dim", [real("f32", [2, 3], 1)], p=p, axes=1)
    family.case("norm_dim", [real("f64", [2, 3], 3)], p=p, axes=-2, keepdim=True)
    family.case("norm_dim", [real("f64", [2, 2, 2], 4)], p=p, axes=[0, 2])
    family.case("norm", [real("f32", [], 5)], p=p)
    if p != "-inf" and p != "inf" and float(p) >= 0:
        family.case("norm", [real("f32", [0])], p=p)
        family.case("norm_dim", [real("f32", [2, 0])], p=p, axes=1)
    family.refused("norm_dim", [real("f32", [2, 3])], p=p, axes=2)
for p in "inf", "-inf":
    least = 0.0 if p == "inf" else inf
    why = "of no numbers the greatest is 0, the least is ∞"
    family.differs(why, "norm", [real("f32", [0])], p=p, frozen=(0,), right=[given("f32", least)])
    family.differs(why, "norm_dim", [real("f32", [2, 0])], p=p, axes=1, frozen=(0,), right=[given("f32", [least] * 2)])
for p in 1, 2, 3, "inf":
    family.case("norm", [given("f32", [3.0, -4.0, 0.0])], p=p)
    family.case("norm", [given("f32", [0.0, 0.0])], p=p)
    family.case("norm_dim", [given("f64", [[2.0, -2.0, 1.0], [0.0, 0.0, 0.0], [3.0, 0.0, 4.0]])], p=p, axes=1)
    family.case("norm", [given("f32", [1.0, nan])], p=p, frozen=(0,))
    family.case("norm", [given("f32", [1.0, inf])], p=p, frozen=(0,))
    family.case("norm", [given("f32", [-inf, inf])], p=p, frozen=(0,))
family.case("norm", [given("f32", [3.0, -4.0])], p=0)
family.case("norm", [given("f32", [3.0, 0.0, -0.0])], p=0)
family.case("norm", [given("f32", [2.0, -2.0, 2.0, 1.0])], p="inf")
family.case("norm", [given("f32", [2.0, -2.0, 2.0, 3.0])], p="-inf")
for op in "frobenius_norm", "nuclear_norm", "spectral_norm":
    for shape in [2, 3], [3, 2], [2, 2], [1, 3]:
        for dtype in FLOATS:
            family.case(op, [real(dtype, shape, 6)])
    family.case(op, [real("f64", [3, 2], 7, layout="transposed")])
    family.case(op, [given("f64", [[3.0, 0.0], [0.0, 1.0]])])
    family.refused(op, [real("f32", [3])])
family.case("frobenius_norm", [given("f64", [[0.0, 0.0], [0.0, 0.0]])])

# Norms where PyTorch overflows, underflows, or loses the gradient.
huge, tiny = 1e20, 1e-30
root = 2**0.5
family.differs(
    "the squares overflow; the norm does not (pytorch issue 193006)", "norm", [given("f32", [huge, huge])],
    p=2, right=[given("f32", root * huge)], gradients=[given("f32", [-1.125 / root] * 2)],
)
family.differs(
    "the squares overflow; the norm does not", "norm", [given("f64", [3e200, 4e200])],
    p=2, right=[given("f64", 5e200)], gradients=[given("f64", [-1.125 * 0.6, -1.125 * 0.8])],
)
family.differs(
    "the squares underflow; the norm does not", "norm", [given("f32", [3e-30, 4e-30])],
    p=2, right=[given("f32", 5e-30)], gradients=[given("f32", [-1.125 * 0.6, -1.125 * 0.8])],
)
family.differs(
    "the squares underflow; the norm of subnormal numbers does not", "norm", [given("f64", [3e-310, 4e-310])],
    p=2, right=[given("f64", 5e-310)], gradients=[given("f64", [-1.125 * 0.6, -1.125 * 0.8])],
)
family.differs(
    "the cubes overflow; the norm does not (pytorch issue 184036)", "norm", [given("f32", [huge, huge])],
    p=3, right=[given("f32", 2 ** (1 / 3) * huge)], gradients=[given("f32", [-1.125 * 2 ** (-2 / 3)] * 2)],
)
family.differs(
    "the cubes underflow; the norm does not", "norm", [given("f32", [tiny, tiny])],
    p=3, right=[given("f32", 2 ** (1 / 3) * tiny)], gradients=[given("f32", [-1.125 * 2 ** (-2 / 3)] * 2)],
)
family.differs(
    "the squares overflow; the norm does not", "norm_dim", [given("f32", [[huge, huge], [3.0, 4.0]])],
    p=2, axes=1, right=[given("f32", [root * huge, 5.0])],
    gradients=[given("f32", [[-1.125 / root] * 2, [0.625 * 0.6, 0.625 * 0.8]])],
)

# What is made of norms.
for p in 1, 2, 3, "inf":
    for axis in 0, 1, -1:
        family.case("normalize", [real("f32", [2, 3], 8)], p=p, axis=axis)
    family.case("normalize", [real("f64", [2, 3], 8, layout="transposed")], p=p, axis=1)
    for dtype in FLOATS:
        family.case("pairwise_distance", [real(dtype, [2, 3], 9), real(dtype, [2, 3], 10)], p=p)
    family.case("pairwise_distance", [real("f64", [2, 3], 9), real("f64", [3], 10)], p=p)
family.case("normalize", [given("f32", [[0.0, 0.0], [3.0, 4.0]])], p=2, axis=1)
family.refused("normalize", [real("f32", [2, 3])], p=2, axis=2)
for axis in 0, 1, -1:
    for dtype in FLOATS:
        family.case("cosine_similarity", [real(dtype, [2, 3], 11), real(dtype, [2, 3], 12)], axis=axis)
family.case("cosine_similarity", [real("f64", [2, 3], 11), real("f64", [3], 12)], axis=1)
family.case("cosine_similarity", [given("f64", [0.0, 0.0]), given("f64", [1.0, 2.0])], axis=0, frozen=(0, 1))
family.refused("cosine_similarity", [real("f32", [2, 3]), real("f32", [2, 3])], axis=2)
family.refused("cosine_similarity", [real("f32", [2, 3]), real("f32", [2, 2])], axis=1)
family.refused("pairwise_distance", [real("f32", [2, 3]), real("f32", [2, 2])], p=2)

for max_norm in 0.5, 1.0, 100.0:
    family.case("clip_grad_norm", [given("f64", [3.0, 4.0]), given("f64", [[12.0]])], frozen=(0, 1), max_norm=max_norm, tolerance=(1e-7, 1e-7))
    family.case("clip_grad_norm", [real("f32", [2, 2], 13)], frozen=(0,), max_norm=max_norm)
