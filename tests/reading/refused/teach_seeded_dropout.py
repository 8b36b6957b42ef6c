import torch
import torch.nn as nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))  # <- program-random-layer
x, y = torch.randn(8, 3), torch.randn(8, 1)
opt = torch.optim.Adam(model.parameters())
for _ in range(5):
    loss = ((model(x) - y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
