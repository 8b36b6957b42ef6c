import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))
net = Net()
y = net(torch.ones(1))  # <- program-no-forward
y.backward()
