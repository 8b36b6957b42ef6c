import torch
import torch.nn.functional as F

x = torch.arange(4.0).reshape(1, 1, 2, 2).requires_grad_()
up = F.interpolate(x, scale_factor=2, mode="nearest")  # <- program-unknown-function
(up ** 2).sum().backward()
print(x.grad)
