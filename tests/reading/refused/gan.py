import torch
from torch import nn
G = nn.Linear(1, 1)
D = nn.Linear(1, 1)
g_opt = torch.optim.Adam(G.parameters())
d_opt = torch.optim.Adam(D.parameters())  # <- program-second-optimizer
for step in range(10):
    pass
