import torch
w = torch.randn(3, 2, requires_grad=True)
x = torch.randn(5, 4)
y = x @ w  # <- program-refused
y.sum().backward()
