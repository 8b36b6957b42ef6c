import torch
from torch import nn
torch.manual_seed(1)
bil = nn.Bilinear(2, 3, 1)
a = torch.randn(4, 2)
b = torch.randn(4, 3)
out = bil(a, b).sum()
out.backward()
