"""PyTorch's part in the benchmark: plain programs, as its tutorials have them; common.py says how
it is asked. Weights start at zero, as Linnea's do."""

import numpy as np
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from common import epochs, load, middle, serve, timed, weights


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
        seconds = epochs(work, lambda: epoch(model, optimizer))
        return {"seconds": seconds, **reached(work, model, x, y)}

    return run


def predict(work):
    x, y = data(work)
    weight, bias = map(torch.from_numpy, weights(work))

    @torch.no_grad()
    def run(_):
        seconds, classes = middle(lambda: F.linear(x, weight, bias).argmax(1))
        return {"seconds": seconds, "accuracy": (classes == y).double().mean().item()}

    return run


def pairs(work):
    settings = work["settings"]
    return [(rate, l2) for rate in settings["learning_rates"] for l2 in settings["l2"]]


def penalised(model, rate, l2):
    """Plain SGD whose penalty leaves the intercept alone."""
    weight = {"params": [model.weight], "weight_decay": l2}
    return torch.optim.SGD([weight, {"params": [model.bias]}], lr=rate)


def sweep(work):
    """Each head by itself, in turn."""
    if work.get("way") == "batched":
        return sweep_batched(work)
    x, y = data(work)

    def train(model, optimizer):
        for xs, ys in indexed(x, y, work["settings"]["batch"]):
            optimizer.zero_grad()
            F.cross_entropy(model(xs), ys).backward()
            optimizer.step()

    def all_heads(models):
        for model, (rate, l2) in zip(models, pairs(work)):
            train(model, penalised(model, rate, l2))

    def run(seed):
        torch.manual_seed(seed)
        models = [zero_model(work) for _ in pairs(work)]
        seconds, _ = timed(lambda: all_heads(models))
        losses = [reached(work, model, x, y)["loss"] for model in models]
        return {"seconds": seconds, "loss": float(np.mean(losses))}

    return run


def sweep_batched(work):
    """All heads as one wide model: the losses are summed, so that the gradients stay apart, and
    each head's weights take a step of their own length."""
    x, y = data(work)
    heads, outputs = work["heads"], work["outputs"]
    rates, penalties = torch.tensor(pairs(work)).repeat_interleave(outputs, 0).T

    def losses(model, xs, ys):
        o = model(xs).view(-1, outputs)
        each = F.cross_entropy(o, ys.repeat_interleave(heads), reduction="none")
        return each.view(-1, heads).mean(0)

    def step(model):
        with torch.no_grad():
            decayed = model.weight.grad + penalties[:, None] * model.weight
            model.weight -= rates[:, None] * decayed
            model.bias -= rates * model.bias.grad
        model.zero_grad()

    def epoch(model):
        for xs, ys in indexed(x, y, work["settings"]["batch"]):
            losses(model, xs, ys).sum().backward()
            step(model)

    def run(seed):
        torch.manual_seed(seed)
        model = zero_model(work, heads * outputs)
        seconds, _ = timed(lambda: epoch(model))
        with torch.no_grad():
            return {"seconds": seconds, "loss": losses(model, x, y).mean().item()}

    return run


def gradient(work):
    x, y = data(work)
    weight, bias = (torch.from_numpy(w).requires_grad_() for w in weights(work))

    def both():
        loss = F.cross_entropy(F.linear(x, weight, bias), y)
        return loss, torch.autograd.grad(loss, [weight, bias])

    def run(_):
        seconds, (loss, gradients) = middle(both)
        norm = sum(g.square().sum() for g in gradients).sqrt()
        return {"seconds": seconds, "loss": loss.item(), "norm": norm.item()}

    return run


KINDS = {"sgd": sgd, "predict": predict, "sweep": sweep, "gradient": gradient}


def prepare(work):
    if "threads" in work:
        torch.set_num_threads(work["threads"])
    return KINDS[work["kind"]](work)


if __name__ == "__main__":
    serve({"torch": torch.__version__, "numpy": np.__version__}, prepare)
