import torch
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(10):
    x = torch.randn(5)  # <- program-random-in-step
    loss = (w * x).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
