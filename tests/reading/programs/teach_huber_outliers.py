import torch
from torch.nn import SmoothL1Loss

x = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0])
y = torch.tensor([1.0, 3.0, 5.0, 70.0, 9.0])
a = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
crit = SmoothL1Loss(beta=2.0)
opt = torch.optim.SGD((a, b), lr=0.02)
for k in range(50):
    fit = a * x + b
    loss = crit(fit, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(f"{a.item():.2f} {b.item():.2f}")
