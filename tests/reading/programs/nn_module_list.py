import torch
from torch import nn
torch.manual_seed(4)

class Deep(nn.Module):
    def __init__(self, width, depth):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(depth)])
        self.act = nn.GELU()

    def forward(self, x):
        for layer in self.layers:
            x = self.act(layer(x))
        return x

net = Deep(3, 4)
x = torch.randn(2, 3)
loss = net(x).pow(2).sum()
loss.backward()
for p in net.parameters():
    print(p.grad)
