import torch
x = torch.arange(6.0).reshape(2, 3)
x.requires_grad_(True)
y = x * x + 2
y.sum().backward()
print(x.grad)
