import torch
import torch.nn as nn

torch.manual_seed(2)
noise = torch.randn(6, 2)
real = torch.randn(6, 1) + 3.0
G = nn.Linear(2, 1)
D = nn.Linear(1, 1)
bce = nn.BCEWithLogitsLoss()
opt = torch.optim.Adam(D.parameters(), lr=0.05)
for step in range(12):
    fake = G(noise).detach()
    loss = bce(D(real), torch.ones(6, 1)) + bce(D(fake), torch.zeros(6, 1))
    opt.zero_grad()
    loss.backward()
    opt.step()
