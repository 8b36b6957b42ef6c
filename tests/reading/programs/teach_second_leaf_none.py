import torch

a = torch.ones(2, requires_grad=True)
b = a * 2
b.retain_grad()
c = b.clone().detach().requires_grad_(True)
d = (b * c).sum()
d.backward()
print(a.grad, c.grad)
