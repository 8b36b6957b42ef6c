import torch

w = torch.tensor([3.0, -2.0, 0.25], requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.RMSprop([w, b])
for step in range(8):
    loss = (w ** 4).sum() * b
    optimizer.zero_grad()
    loss.backward()
    for p in (w, b):
        p.grad.data.clamp_(-1.5, 1.5)
    optimizer.step()
