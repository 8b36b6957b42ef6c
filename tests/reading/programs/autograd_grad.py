import torch
torch.manual_seed(7)
w = torch.randn(5, requires_grad=True)
x = torch.randn(5)
loss = torch.tanh((w * x).sum())
g = torch.autograd.grad(loss, w)[0]
print(g)
w.grad = g
