import torch
import torch.nn as nn
torch.manual_seed(11)

class Block(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.norm = nn.LayerNorm(d)
        self.lin = nn.Linear(d, d)
        self.gain = nn.Parameter(torch.ones(d) * 0.5)

    def forward(self, x):
        return x + self.gain * torch.tanh(self.lin(self.norm(x)))

class Res(nn.Module):
    def __init__(self):
        super().__init__()
        self.b1 = Block(4)
        self.b2 = Block(4)
        self.head = nn.Linear(4, 1)

    def forward(self, x):
        x = self.b1(x)
        x = self.b2(x)
        return self.head(x).squeeze(-1)

net = Res()
x, y = torch.randn(6, 4), torch.randn(6)
optim = torch.optim.RMSprop(net.parameters(), lr=0.01, momentum=0.5)
for step in range(25):
    pred = net(x)
    loss = nn.MSELoss()(pred, y)
    optim.zero_grad()
    loss.backward()
    optim.step()
