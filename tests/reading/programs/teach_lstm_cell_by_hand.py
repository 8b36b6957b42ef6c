import torch

torch.manual_seed(14)
W = torch.randn(8, 5, requires_grad=True)
b = torch.zeros(8, requires_grad=True)
xs = torch.randn(3, 3)
h, c = torch.zeros(2), torch.zeros(2)
for x in xs:
    gates = W @ torch.cat([x, h]) + b
    i, f, g, o = gates.chunk(4)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    h = torch.sigmoid(o) * torch.tanh(c)
loss = (h ** 2).sum()
loss.backward()
print(W.grad.norm())
