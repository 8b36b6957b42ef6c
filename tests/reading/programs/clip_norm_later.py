import torch
from torch.nn.utils import clip_grad_norm_

torch.manual_seed(3)
w = torch.randn(3, requires_grad=True)
v = torch.randn(2, 3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.Adagrad([w, v, b], lr=0.3)
limit = 2.0
norms = []
for step in range(20):
    if step == 5:
        limit = 0.5
    elif step > 10:
        limit = limit * 0.5
    optimizer.zero_grad()
    loss = ((v @ w) ** 2).sum() + (b - 3.0).abs().sum()
    loss.backward()
    norm = clip_grad_norm_([b, v, w], limit)
    norms.append(norm.item())
    optimizer.step()
    if step % 5 == 0:
        print(step, loss.item(), f"{norm:.3f}")
