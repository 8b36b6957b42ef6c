import torch
w = torch.tensor([2.0, -3.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.2)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
for epoch in range(20):
    optimizer.zero_grad()
    loss = (w ** 2).sum()
    loss.backward()
    optimizer.step()
    scheduler.step()
