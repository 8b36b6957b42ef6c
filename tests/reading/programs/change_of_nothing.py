import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
c = torch.tensor([4.0, 5.0])
optimizer = torch.optim.SGD([a], lr=0.1)
for step in range(5):
    if step == 2:
        c.requires_grad_(True)
    loss = (a * a).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
