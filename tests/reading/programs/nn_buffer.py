import torch
from torch import nn


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.5, -1.0]))
        self.weight = nn.Parameter(torch.tensor([1.0, 2.0]))
        self.spread = nn.Buffer(torch.tensor([2.0, 4.0]))

    def forward(self, x):
        return ((x - self.mean) / self.spread) @ self.weight


torch.manual_seed(0)
x = torch.rand(6, 2)
y = torch.rand(6)
model = Scaled()
criterion = nn.MSELoss()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.05)
for step in range(10):
    loss = criterion(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_value_(model.parameters(), clip_value=0.1)
    optimizer.step()
