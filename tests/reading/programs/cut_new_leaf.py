import torch
a = torch.tensor(1.2, requires_grad=True)
b = a ** 2
c = b.detach()
out = (c * a + b).sin()
out.backward()
