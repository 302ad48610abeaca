"""Cases: what is asked of PyTorch, and what it answered."""

import json
from collections import Counter

import torch

from text import FLOATS, text

REFUSALS = (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError)


class Family:
    """Cases of operations that belong together. An operation is a function of the inputs, as tensors,
    and of the arguments, by name; it gives a tensor or several."""

    def __init__(self, ops):
        self.ops = ops
        self.cases = []
        self.mistakes = []

    def case(self, op, inputs, tolerance=None, frozen=(), **args):
        """PyTorch's values and gradients. `frozen` inputs, by position, require no gradient;
        `tolerance` is (relative, absolute) where the usual one does not do."""
        try:
            answer = self.answer(*self.run(op, inputs, frozen, args))
        except REFUSALS as error:
            self.mistakes.append(f"torch refuses {op} {args} of {texts(inputs)}: {error}")
        else:
            self.add(op, inputs, frozen, args, answer, tolerance)

    def refused(self, op, inputs, **args):
        """A call that PyTorch refuses."""
        try:
            self.run(op, inputs, (), args)
        except REFUSALS:
            self.add(op, inputs, (), args, {"refused": True})
        else:
            self.mistakes.append(f"torch does not refuse {op} {args} of {texts(inputs)}")

    def differs(self, why, op, inputs, right, gradients=None, frozen=(), tolerance=None, **args):
        """A call to which PyTorch's answer is not the right one. `right` is: a list of tensors, or
        "refused"; None stands for PyTorch's values where only `gradients` differ."""
        try:
            theirs = self.answer(*self.run(op, inputs, frozen, args))
        except REFUSALS:
            theirs = {"refused": True}
        if right == "refused":
            ours = {"refused": True}
        else:
            out = theirs["out"] if right is None else texts(right)
            grad = theirs.get("grad") if gradients is None else texts(gradients)
            ours = {"out": out} | ({"grad": grad} if grad else {})
        if ours == theirs:
            self.mistakes.append(f"torch gives the same: {op} {args} of {texts(inputs)}")
        self.add(op, inputs, frozen, args, ours | {"differs": why, "torch": theirs}, tolerance)

    def run(self, op, inputs, frozen, args):
        """The outputs, and the gradients of the inputs that require one."""
        leaves = [
            given.tensor().requires_grad_(given.dtype in FLOATS and at not in frozen)
            for at, given in enumerate(inputs)
        ]
        outputs = self.ops[op](*leaves, **args)
        outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
        roots = [y for y in outputs if y.requires_grad]
        wanted = [x for x in leaves if x.requires_grad]
        if not roots:
            return outputs, None
        weights = [weighting(y) for y in roots]
        return outputs, torch.autograd.grad(roots, wanted, weights, allow_unused=True)

    def answer(self, outputs, gradients):
        answer = {"out": texts(outputs)}
        if gradients is not None:
            answer["grad"] = texts(gradients)
        return answer

    def add(self, op, inputs, frozen, args, answer, tolerance=None):
        case = {"op": op, "in": texts(inputs)}
        case |= {"frozen": list(frozen)} if frozen else {}
        case |= {"args": readable(args)} if args else {}
        case |= {"tolerance": list(tolerance)} if tolerance else {}
        self.cases.append(case | answer)

    def lines(self):
        """Every case as a line of JSON, in the order in which they were made. Nothing is written
        while PyTorch does not do what a case says."""
        lines = [json.dumps(case, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for case in self.cases]
        unused = set(self.ops) - {case["op"] for case in self.cases}
        self.mistakes += [f"an operation without a case: {op}" for op in sorted(unused)]
        self.mistakes += [f"given twice: {line}" for line, n in Counter(lines).items() if n > 1]
        if self.mistakes:
            raise SystemExit("\n".join(self.mistakes))
        return lines


def weighting(output):
    """The gradient of an output: exact in every type, of both signs, never 0."""
    at = torch.arange(output.numel())
    return (((7 * at) % 11 - 4.5) / 4).to(output.dtype).reshape(output.shape)


def texts(values):
    """Tensors, or inputs, as they are written; a gradient that nothing flowed to is null."""
    return [
        None if x is None else text(x) if isinstance(x, torch.Tensor) else x.text() for x in values
    ]


def readable(value):
    """An argument as JSON, which has no nan and no infinity."""
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [readable(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return str(value)
    return value
