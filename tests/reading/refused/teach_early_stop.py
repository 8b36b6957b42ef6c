import torch

w = torch.tensor(4.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
best = float("inf")
for epoch in range(100):
    opt.zero_grad()
    loss = (w - 1) ** 2
    loss.backward()
    opt.step()
    if loss.item() < 1e-3:  # <- program-condition-on-tensor
        break
