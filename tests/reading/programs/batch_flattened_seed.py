import torch

x = torch.arange(10, dtype=torch.float32)
y = 0.5 * x - 1
w = torch.tensor(0.0, requires_grad=True)
b = torch.tensor(0.0, requires_grad=True)
optimizer = torch.optim.SGD([{"params": [w], "lr": 0.001}, {"params": [b]}], lr=0.01)
torch.manual_seed(9)
for epoch in range(3):
    perm = torch.randperm(len(x))
    for j in range(0, len(x), 3):
        sel = perm[j : min(j + 3, len(x))]
        view = x[sel].view(-1, 1)
        loss = ((view.squeeze(1) * w + b - y[sel]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch == 1:
        break
