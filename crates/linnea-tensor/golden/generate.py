"""Asks PyTorch for the answers that `linnea-tensor` is held to, and writes them to `answers/`.

    cargo xtask golden                     # in an environment of its own
    python generate.py [DIRECTORY]         # with a Python that has requirements.txt

Each family (a module of `families/`) names its operations, as functions of PyTorch, and its cases:
inputs, arguments, and whether PyTorch is expected to refuse. A line of `answers/FAMILY.jsonl` is one
case; `golden/text.py` says how tensors are written. The Rust side is `tests/golden/`.

The answers are a function of this folder and of PyTorch's version alone: inputs come from seeds that
depend on what they are, and PyTorch runs on one thread and without vector instructions.
"""

import os

os.environ["ATEN_CPU_CAPABILITY"] = "default"  # read when torch is imported

import importlib
import pathlib
import sys
import warnings

import torch

FAMILIES = (
    "elementwise",
    "binary",
    "promotion",
    "making",
    "views",
    "reductions",
    "products",
    "norms",
    "softmax",
    "losses",
    "classification",
    "likelihood",
    "distributions",
    "information",
    "nn",
    "optim",
    "schedules",
)


def main():
    here = pathlib.Path(__file__).resolve().parent
    answers = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "answers"
    answers.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    families = {name: importlib.import_module(f"families.{name}").family for name in FAMILIES}
    lines = {name: family.lines() for name, family in families.items()}
    for name, cases in lines.items():
        (answers / f"{name}.jsonl").write_text("".join(case + "\n" for case in cases), "utf-8")
        print(f"{name}: {len(cases)} cases")
    print(f"{sum(map(len, lines.values()))} cases from torch {torch.__version__}")


if __name__ == "__main__":
    main()
