import torch
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(2.0, requires_grad=True)
unused = torch.tensor(3.0, requires_grad=True)
c = a * b
d = c.detach() * a
L = c + d
L.backward()
print(a.grad, b.grad, unused.grad)
