import torch

x = torch.linspace(-1, 1, 12)
y = 3 * x + 2
w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1)
n, bs = len(x), 4
for epoch in range(6):
    for k in range(n // bs):
        xb = x[k * bs : (k + 1) * bs]
        yb = y[k * bs : (k + 1) * bs]
        loss = ((w * xb + b - yb) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
    if epoch == 3:
        for group in opt.param_groups:
            group["lr"] = 0.02
