import torch
import torch.nn.functional as F

torch.manual_seed(12)
x = torch.randn(4, 6)
Wq = torch.randn(6, 6, requires_grad=True)
Wk = torch.randn(6, 6, requires_grad=True)
Wv = torch.randn(6, 6, requires_grad=True)
q, k, v = x @ Wq, x @ Wk, x @ Wv
scores = q @ k.T / 6 ** 0.5
mask = torch.tril(torch.ones(4, 4))
scores = scores.masked_fill(mask == 0, float("-inf"))
weights = F.softmax(scores, dim=-1)
out = (weights @ v).sum()
out.backward()
print(Wq.grad.abs().mean(), Wk.grad.abs().mean(), Wv.grad.abs().mean())
