import torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
c = torch.tensor(-0.5, requires_grad=True)
opt = torch.optim.SGD([
    {"params": [a]},
    {"params": b, "lr": 0.01, "momentum": 0.9},
    {"params": [c], "weight_decay": 0.1},
], lr=0.1)
for i in range(20):
    if i == 8:
        for group in opt.param_groups:
            group["lr"] *= 0.5
    if i == 12:
        opt.param_groups[1]["lr"] = 0.2
    if i == 15:
        for group in opt.param_groups:
            group["lr"] = 0.02
    loss = ((a * b + c) ** 2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
