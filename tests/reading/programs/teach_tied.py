import torch
import torch.nn as nn

torch.manual_seed(6)


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, 5) * 0.1)
        self.bias = nn.Parameter(torch.zeros(5))

    def forward(self, x):
        h = torch.tanh(x @ self.weight.t())
        return h @ self.weight + self.bias


m = Tied()
x = torch.rand(8, 5)
opt = torch.optim.RMSprop(m.parameters(), lr=0.01)
for epoch in range(10):
    out = m(x)
    loss = torch.mean((out - x) ** 2)
    opt.zero_grad()
    loss.backward()
    opt.step()
