"""Learning-rate schedules: the rates of the first epochs."""

import torch
from torch.optim import lr_scheduler as S

from case import Family


def rates(maker):
    def run(rate, epochs, **options):
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
        schedule = maker(optimizer, **options)
        seen = []
        for _ in range(epochs):
            seen.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
        return torch.tensor(seen, dtype=torch.float64)

    return run


def plateau(rate, metrics, **options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate)
    schedule = S.ReduceLROnPlateau(optimizer, **options)
    seen = []
    for metric in metrics:
        schedule.step(metric)
        seen.append(optimizer.param_groups[0]["lr"])
    return torch.tensor(seen, dtype=torch.float64)


family = Family(
    {
        "StepLr": rates(S.StepLR),
        "MultiStepLr": rates(S.MultiStepLR),
        "ExponentialLr": rates(S.ExponentialLR),
        "LinearLr": rates(S.LinearLR),
        "CosineAnnealingLr": rates(S.CosineAnnealingLR),
        # 1 over the epoch plus 1.
        "LambdaLr": rates(lambda optimizer: S.LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1))),
        "ReduceOnPlateau": plateau,
    }
)
for step_size, gamma in (1, 0.5), (3, 0.1), (4, 1.0):
    family.case("StepLr", [], rate=0.1, epochs=9, step_size=step_size, gamma=gamma)
for milestones in [2, 5], [1, 1, 4], [20]:
    family.case("MultiStepLr", [], rate=0.1, epochs=8, milestones=milestones, gamma=0.5)
for gamma in 0.9, 0.5, 1.0:
    family.case("ExponentialLr", [], rate=0.2, epochs=6, gamma=gamma)
for start, end, total in (1 / 3, 1.0, 5), (0.25, 1.0, 4), (1.0, 0.0, 3), (0.5, 0.5, 2):
    family.case("LinearLr", [], rate=0.1, epochs=8, start_factor=start, end_factor=end, total_iters=total)
for total, lowest in (4, 0.0), (5, 0.01), (1, 0.0), (7, 0.2):
    family.case("CosineAnnealingLr", [], rate=0.1, epochs=12, T_max=total, eta_min=lowest)
family.case("LambdaLr", [], rate=0.3, epochs=6)
falling = [1.0, 0.5, 0.5, 0.5, 0.49999, 0.5, 0.4, 0.4, 0.4, 0.4]
for options in {}, {"factor": 0.5, "patience": 1}, {"patience": 0, "cooldown": 2}, {"patience": 0, "min_lr": 0.005}, {"patience": 1, "threshold": 0.3}, {"patience": 1, "threshold": 0.2, "threshold_mode": "abs"}, {"patience": 1, "mode": "max"}:
    family.case("ReduceOnPlateau", [], rate=0.1, metrics=falling, **options)
