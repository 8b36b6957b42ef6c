import torch
from torch.optim.lr_scheduler import StepLR
w = torch.tensor([2.0, -3.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.2, momentum=0.5)
scheduler = StepLR(optimizer, step_size=10, gamma=0.5)
for epoch in range(35):
    optimizer.zero_grad()
    loss = (w ** 2).sum() + torch.sin(w).sum()
    loss.backward()
    optimizer.step()
    scheduler.step()
