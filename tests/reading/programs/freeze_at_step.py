import torch
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([2.0, 2.5, 4.5])
optimizer = torch.optim.SGD([a, b], lr=0.05, momentum=0.9)
for epoch in range(60):
    if epoch == 20:
        b.requires_grad_(False)
    if epoch + 1 == 41:
        b.requires_grad = True
        for g in optimizer.param_groups:
            g['lr'] = 0.01
    optimizer.zero_grad()
    loss = ((a * x + b - y) ** 2).mean()
    loss.backward()
    optimizer.step()
