import torch
from torch import nn
net = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.Linear(2, 1))  # <- program-random-layer
x = torch.randn(3, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
for i in range(10):
    loss = net(x).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
