import torch
from torch import nn
torch.manual_seed(0)

def init_weights(m):
    if isinstance(m, nn.Linear):
        torch.nn.init.kaiming_normal_(m.weight)
        m.bias.data.fill_(0.01)

net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
net.apply(init_weights)
x = torch.rand(5, 2)
out = net(x).mean()
out.backward()
print(net[0].weight.grad)
