"""Chain rule by hand: dz/dx = dz/dy * dy/dx."""
import torch

x = torch.tensor(0.7)
x.requires_grad = True
y = torch.sin(x)
z = torch.log(y) * y
# autograd
z.backward()
expected = torch.cos(x.detach()) * (torch.log(y.detach()) + 1)
print(x.grad, expected)
