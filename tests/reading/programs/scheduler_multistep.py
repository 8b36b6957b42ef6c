import torch
w = torch.tensor(2.0, requires_grad=True)
optimizer = torch.optim.Adam([w], lr=0.2)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[5, 12], gamma=0.1)
for epoch in range(20):
    loss = torch.cosh(w)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step()
