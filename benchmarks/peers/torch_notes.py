"""The notes' programs and one small operation in PyTorch; bench_notes.rs is their twin.

    python benchmarks/peers/torch_notes.py [NAME [ROUNDS]]

Prints a line of JSON for each: name, median, least and most of its rounds in microseconds, and a
check that the work was done. OMP_NUM_THREADS sets the number of threads.
"""

import json
import sys
import time

import torch


def linear_regression():
    """From scratch, as d2l has it: 1,000 x 2, batches of 10, 3 epochs, 300 steps."""
    x = torch.randn(1000, 2)
    y = (x @ torch.tensor([2.0, -3.4]) + 4.2 + torch.normal(0.0, 0.01, (1000,))).reshape(-1, 1)

    def squared_loss(y_hat, y):
        return (y_hat - y.reshape(y_hat.shape)) ** 2 / 2

    def run():
        w = torch.normal(0, 0.01, (2, 1), requires_grad=True)
        b = torch.zeros(1, requires_grad=True)
        for _ in range(3):
            order = torch.randperm(1000)
            for i in range(0, 1000, 10):
                batch = order[i : i + 10]
                squared_loss(x[batch] @ w + b, y[batch]).sum().backward()
                with torch.no_grad():
                    for param in (w, b):
                        param -= 0.03 * param.grad / 10
                        param.grad.zero_()
        with torch.no_grad():
            return squared_loss(x @ w + b, y).mean().item()

    return run


def softmax_epoch():
    """MNIST's shape, made up: 60,000 x 784, 10 classes, batches of 256, an epoch."""
    x, y = torch.rand(60_000, 784), torch.randint(0, 10, (60_000,))
    model = torch.nn.Linear(784, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_function = torch.nn.CrossEntropyLoss()

    def run():
        for batch in torch.randperm(len(x)).split(256):
            optimizer.zero_grad()
            loss = loss_function(model(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            last = loss.item()
        return last

    return run


def small_add():
    """Two 10 x 10 tensors added, both with a gradient."""
    a, b = (torch.rand(10, 10, requires_grad=True) for _ in range(2))

    def run():
        recorded = 0
        for _ in range(10_000):
            recorded += (a + b).requires_grad
        return recorded

    return run


BENCHES = {
    "linear_regression": (linear_regression, 101, 1),
    "softmax_epoch": (softmax_epoch, 9, 1),
    "small_add": (small_add, 101, 10_000),
}


def measure(name, rounds=None):
    prepare, usual, repeats = BENCHES[name]
    rounds = rounds or usual
    run = prepare()
    check, times = run(), []
    for _ in range(rounds):
        start = time.perf_counter()
        check = run()
        times.append((time.perf_counter() - start) * 1e6 / repeats)
    times.sort()
    numbers = {"median_us": times[rounds // 2], "least_us": times[0], "most_us": times[-1]}
    print(json.dumps({"name": name, **numbers, "rounds": rounds, "check": check}), flush=True)


if __name__ == "__main__":
    torch.manual_seed(0)
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else None
    for name in sys.argv[1:2] or BENCHES:
        measure(name, rounds)
