import torch

torch.manual_seed(9)
seq = torch.sin(torch.arange(12) * 0.5)
Wx = torch.randn(4, 1, requires_grad=True)
Wh = torch.randn(4, 4, requires_grad=True)
Wo = torch.randn(1, 4, requires_grad=True)
h = torch.zeros(4, 1)
loss = 0
for t in range(11):
    if t % 4 == 0:
        h = h.detach()
    h = torch.tanh(Wx * seq[t] + Wh @ h)
    pred = Wo @ h
    loss = loss + (pred - seq[t + 1]) ** 2
loss = loss.sum()
loss.backward()
print(Wx.grad.norm(), Wh.grad.norm())
