import torch
torch.manual_seed(42)
a = torch.randn(3, 4, requires_grad=True)
b = torch.rand(4, 2)
b.requires_grad_()
noise = torch.randn(3, 2) * 0.1
c = a @ b + noise
print(c)
c.pow(2).mean().backward()
print(a.grad, b.grad)
