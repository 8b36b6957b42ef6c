import torch
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
opt_a = torch.optim.SGD([a], lr=0.1)
opt_b = torch.optim.SGD([b], lr=0.2)  # <- program-second-optimizer
for i in range(10):
    loss = (a * b - 1) ** 2
    opt_a.zero_grad()
    opt_b.zero_grad()
    loss.backward()
    opt_a.step()
    opt_b.step()
