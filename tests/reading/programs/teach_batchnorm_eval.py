import torch
from torch import nn

torch.manual_seed(3)
model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3, momentum=0.2), nn.Linear(3, 1))
model.eval()
x = torch.randn(4, 2)
loss = model(x).pow(2).sum()
loss.backward()
