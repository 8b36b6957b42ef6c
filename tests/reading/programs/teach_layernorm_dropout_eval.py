import torch
from torch import nn

torch.manual_seed(13)
net = nn.Sequential(nn.Linear(5, 5), nn.LayerNorm(5), nn.GELU(), nn.Dropout(0.5), nn.Linear(5, 2))
net.eval()
x = torch.randn(3, 5)
target = torch.tensor([1, 0, 1])
loss = nn.CrossEntropyLoss()(net(x), target)
loss.backward()
for name, p in net.named_parameters():
    print(name, p.grad.norm())
