"""Information theory, written out with PyTorch's operations."""

import math

import torch

from case import Family
from families.reductions import over
from text import FLOATS, given, real


def unit(f):
    """In nats, or in bits."""
    return lambda *tensors, bits=False, **options: f(*tensors, **options) / (math.log(2) if bits else 1)


def entropy(p, axes, keep):
    return torch.special.entr(p).sum(axes, keep)


def cross_entropy(p, q, axes, keepdim=False):
    return -torch.special.xlogy(p, q).sum(axes, keepdim)


def divergence(p, q, axes, keepdim=False):
    """With −p + q, which add up to 0: so the gradient is 0 where p = q."""
    return (torch.special.xlogy(p, p) - torch.special.xlogy(p, q) - p + q).sum(axes, keepdim)


def mutual_information(joint):
    product = joint.sum(-1, True) * joint.sum(-2, True)
    return divergence(joint, product, (-2, -1))


family = Family(
    {
        "self_information": unit(lambda p: -torch.log(p)),
        "entropy": unit(over(entropy)),
        "cross_entropy": unit(cross_entropy),
        "kl_divergence": unit(divergence),
        "perplexity": over(lambda p, axes, keep: entropy(p, axes, keep).exp()),
        "mutual_information": unit(mutual_information),
    }
)


def probabilities(dtype, shape, salt=0, axes=(-1,)):
    """Whole sixteenths that sum to 1 over the axes, none of them 0."""
    x = torch.softmax(real("f64", shape, salt).numbers.flatten(-len(axes)), -1)
    places = x.shape[-1]
    y = (x * (256 - places)).floor() + 1
    y[..., 0] += 256 - y.sum(-1)
    return given(dtype, (y / 256).reshape(shape))


for bits in False, True:
    for dtype in FLOATS:
        p, q = probabilities(dtype, [2, 4], 1), probabilities(dtype, [2, 4], 2)
        family.case("self_information", [p], bits=bits)
        for keepdim in False, True:
            family.case("entropy", [p], axes=1, keepdim=keepdim, bits=bits)
            family.case("cross_entropy", [p, q], axes=-1, keepdim=keepdim, bits=bits)
            family.case("kl_divergence", [p, q], axes=1, keepdim=keepdim, bits=bits)
        family.case("mutual_information", [probabilities(dtype, [2, 3], 3, (-2, -1))], bits=bits)
        family.case("cross_entropy", [p, probabilities(dtype, [4], 4)], axes=1, bits=bits)
        family.case("kl_divergence", [p, probabilities(dtype, [4], 4)], axes=1, bits=bits)
    joint = probabilities("f64", [2, 3], 5, (-2, -1))
    family.case("entropy", [joint], axes=None, bits=bits)
    family.case("entropy", [joint], axes=[0, 1], bits=bits)
    zeros = given("f64", [0.5, 0.0, 0.5])
    family.case("self_information", [given("f64", [1.0, 0.5, 0.0])], bits=bits, frozen=(0,))
    family.case("entropy", [zeros], axes=0, bits=bits, frozen=(0,))
    family.case("entropy", [given("f64", [0.0, 1.0, 0.0])], axes=0, bits=bits, frozen=(0,))
    family.case("cross_entropy", [zeros, given("f64", [0.25, 0.25, 0.5])], axes=0, bits=bits, frozen=(0,))
    family.case("cross_entropy", [zeros, given("f64", [0.5, 0.5, 0.0])], axes=0, bits=bits, frozen=(0, 1))
    family.case("kl_divergence", [zeros, given("f64", [0.25, 0.25, 0.5])], axes=0, bits=bits, frozen=(0,))
    family.case("kl_divergence", [zeros, given("f64", [0.5, 0.5, 0.0])], axes=0, bits=bits, frozen=(0, 1))
    family.case("kl_divergence", [zeros, zeros], axes=0, bits=bits, frozen=(0, 1))
    family.case("mutual_information", [given("f64", [[0.5, 0.0], [0.0, 0.5]])], bits=bits, frozen=(0,))
    family.case("mutual_information", [given("f64", [[0.25, 0.25], [0.25, 0.25]])], bits=bits, frozen=(0,))
    family.case("mutual_information", [given("f64", [[[0.5, 0.0], [0.25, 0.25]], [[0.0, 0.5], [0.25, 0.25]]])], bits=bits, frozen=(0,))
for dtype in FLOATS:
    family.case("perplexity", [probabilities(dtype, [2, 4], 1)], axes=1)
    family.case("perplexity", [given(dtype, [0.25] * 4)], axes=0, keepdim=True)
family.case("perplexity", [given("f64", [0.0, 1.0])], axes=0, frozen=(0,))
family.refused("entropy", [given("f64", [0.5, 0.5])], axes=1)
family.refused("kl_divergence", [given("f64", [0.5, 0.5]), given("f64", [0.25, 0.25, 0.5])], axes=0)
