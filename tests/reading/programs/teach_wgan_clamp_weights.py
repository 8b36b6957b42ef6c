import torch
from torch import nn

torch.manual_seed(18)
data = torch.randn(10, 2)
critic = nn.Sequential(nn.Linear(2, 4), nn.LeakyReLU(0.2), nn.Linear(4, 1))
opt = torch.optim.RMSprop(critic.parameters(), lr=0.01, alpha=0.9)
for _ in range(6):
    loss = -critic(data).mean() + critic(data * 0.5).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
