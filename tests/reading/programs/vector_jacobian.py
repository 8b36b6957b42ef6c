import torch

x = torch.ones(3, requires_grad=True)
y = x * torch.tensor([1.0, 2.0, 3.0])
y = y.exp()
v = torch.tensor([0.1, 1.0, 0.0001], dtype=torch.float)
y.backward(v)

print(x.grad)
