import torch
torch.set_default_dtype(torch.float64)
torch.manual_seed(1)
x = torch.randn(8)
t = torch.sin(x)
a = torch.tensor(0.5, requires_grad=True)
b = torch.tensor(-0.25, requires_grad=True)
optim = torch.optim.Adam([a, b], lr=0.05)
for _ in range(30):
    optim.zero_grad()
    y = a * x + b * x ** 3
    loss = ((y - t) ** 2).sum()
    loss.backward()
    optim.step()
