import torch
a = torch.tensor(1.2, requires_grad=True)
b = torch.tensor(0.7, requires_grad=True)
c = a * b
d = torch.tensor(c.item())
e = float(a) * 2
out = c * d + b * e
out.backward()
