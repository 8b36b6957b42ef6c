import torch
from torch import nn, optim
torch.manual_seed(8)
net = nn.Linear(2, 1)
x = torch.randn(6, 2)
y = x.sum(dim=1, keepdim=True)
opt = optim.SGD(net.parameters(), lr=0.05)
lam = 0.01
for e in range(20):
    out = net(x)
    loss = nn.functional.mse_loss(out, y)
    l2 = sum((p ** 2).sum() for p in net.parameters())
    loss = loss + lam * l2
    opt.zero_grad()
    loss.backward()
    opt.step()
