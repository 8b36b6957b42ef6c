import torch
w = torch.tensor([2.0, -3.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for epoch in range(40):
    if epoch in (15, 30):
        for group in optimizer.param_groups:
            group["lr"] *= 0.1
    loss = (w ** 2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
