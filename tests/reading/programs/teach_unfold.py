import torch

x = torch.arange(6.0, requires_grad=True)
windows = x.unfold(0, 3, 1)
weights = torch.tensor([0.25, 0.5, 0.25])
smooth = windows @ weights
(smooth ** 2).sum().backward()
print(x.grad)
