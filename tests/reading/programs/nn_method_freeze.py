import torch
import torch.nn as nn
torch.manual_seed(9)
class TwoHeads(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(3, 5)
        self.a = nn.Linear(5, 1)
        self.b = nn.Linear(5, 1)
    def features(self, x):
        return torch.tanh(self.body(x))
    def forward(self, x):
        z = self.features(x)
        return self.a(z) - self.b(z.detach())
m = TwoHeads()
m.body.requires_grad_(False)
opt = torch.optim.SGD([p for p in m.parameters() if p.requires_grad], lr=0.1)
x = torch.randn(7, 3)
t = torch.randn(7, 1)
for k in range(20):
    opt.zero_grad()
    loss = ((m(x) - t) ** 2).mean()
    loss.backward()
    opt.step()
