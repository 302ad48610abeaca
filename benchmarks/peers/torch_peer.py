"""PyTorch's part in the benchmark: plain programs, as its tutorials have them; common.py says how
it is asked. Weights start at zero, as Linnea's do."""

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from common import load, serve, timed, weights


def data(work):
    x, y = load(work)
    return torch.from_numpy(x), torch.from_numpy(y)


def zero_model(work, outputs=None):
    model = torch.nn.Linear(work["features"], outputs or work["outputs"])
    for parameter in model.parameters():
        torch.nn.init.zeros_(parameter)
    return model


def converter(work):
    """From numbers as they are stored to those that the model sees."""
    divisor = work["settings"].get("divisor")
    return (lambda x: x.float() / divisor) if divisor else (lambda x: x)


def loss_of(work):
    if work["outputs"] > 1:
        return F.cross_entropy
    return lambda o, y: F.mse_loss(o.squeeze(1), y) / 2


def reached(work, model, x, y):
    """The loss and accuracy over all rows."""
    with torch.no_grad():
        o = model(converter(work)(x))
        found = {"loss": loss_of(work)(o, y).item()}
        if work["outputs"] > 1:
            found["accuracy"] = (o.argmax(1) == y).double().mean().item()
    return found


def indexed(x, y, batch):
    """Minibatches in a new order, gathered by indexing."""
    for rows in torch.randperm(len(x)).split(batch):
        yield x[rows], y[rows]


def sgd(work):
    x, y = data(work)
    settings, convert, loss = work["settings"], converter(work), loss_of(work)
    batch = settings["batch"]
    loader = DataLoader(TensorDataset(x, y), batch_size=batch, shuffle=True)

    def epoch(model, optimizer):
        for xs, ys in loader if work.get("way") == "loader" else indexed(x, y, batch):
            optimizer.zero_grad()
            loss(model(convert(xs)), ys).backward()
            optimizer.step()

    def run(seed):
        torch.manual_seed(seed)
        model = zero_model(work)
        optimizer = torch.optim.SGD(
            model.parameters(), lr=settings["learning_rate"], momentum=settings.get("momentum", 0)
        )
        seconds, _ = timed(lambda: epoch(model, optimizer))
        return {"seconds": seconds, **reached(work, model, x, y)}

    return run


def predict(work):
    x, y = data(work)
    weight, bias = map(torch.from_numpy, weights(work))

    @torch.no_grad()
    def run(_):
        seconds, classes = timed(lambda: F.linear(x, weight, bias).argmax(1))
        return {"seconds": seconds, "accuracy": (classes == y).double().mean().item()}

    return run


KINDS = {"sgd": sgd, "predict": predict}


def prepare(work):
    if "threads" in work:
        torch.set_num_threads(work["threads"])
    return KINDS[work["kind"]](work)


if __name__ == "__main__":
    serve({"torch": torch.__version__, "numpy": np.__version__}, prepare)
