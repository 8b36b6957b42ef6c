import torch
a = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([a], lr=0.1)
for i in range(10):
    opt.zero_grad()
    first = a ** 2
    first.backward()
    second = (a - 1) ** 2
    second.backward()  # <- program-second-backward
    opt.step()
