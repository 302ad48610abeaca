"""Measures the notes' programs in linnea-tensor beside PyTorch, in one session.

    cargo build --release -p linnea-tensor --example bench_notes
    .venv/bin/python benchmarks/notes.py [--sessions 3] [--threads 2] [--only NAME]

The two programs take turns, so that a machine whose speed drifts is fair to both; of each, the
session with the middle median counts. Prints a Markdown table.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAMS = {
    "linnea-tensor": [str(TARGET / "release" / "examples" / "bench_notes")],
    "PyTorch": [sys.executable, str(ROOT / "benchmarks" / "peers" / "torch_notes.py")],
}
NAMES = {
    "linear_regression": "linear regression from scratch, 300 steps",
    "softmax_epoch": "softmax regression, 60,000 × 784, one epoch",
    "small_add": "10 × 10 + 10 × 10, graph recorded",
}


def run(program, name, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
    output = subprocess.run(
        [*PROGRAMS[program], name], check=True, capture_output=True, text=True, env=environment
    ).stdout
    return json.loads(output)


def shown(microseconds):
    for unit, size in (("ms", 1e3), ("µs", 1.0)):
        if microseconds >= size:
            return f"{microseconds / size:.3g} {unit}"
    return f"{microseconds * 1e3:.0f} ns"


def cell(result):
    least, most = shown(result["least_us"]), shown(result["most_us"])
    return f"{shown(result['median_us'])} ({least} – {most})"


def row(name, sessions, threads):
    results = {program: [] for program in PROGRAMS}
    for _ in range(sessions):
        for program in PROGRAMS:
            results[program].append(run(program, name, threads))
    middle = {
        program: sorted(found, key=lambda result: result["median_us"])[len(found) // 2]
        for program, found in results.items()
    }
    ratio = middle["PyTorch"]["median_us"] / middle["linnea-tensor"]["median_us"]
    return [NAMES[name], *(cell(middle[program]) for program in PROGRAMS), f"{ratio:.2f}"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=NAMES)
    arguments = parser.parse_args()
    print(f"| work ({arguments.threads} threads) | {' | '.join(PROGRAMS)} | times faster |")
    print("| --- | --- | --- | --- |")
    for name in [arguments.only] if arguments.only else NAMES:
        print(f"| {' | '.join(row(name, arguments.sessions, arguments.threads))} |", flush=True)
