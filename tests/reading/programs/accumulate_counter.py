import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
optimizer = torch.optim.SGD([a], lr=0.1, momentum=0.5)
count = 0
for _ in range(9):
    if count % 3 == 0:
        optimizer.zero_grad()
    loss = (a.sin() * a).sum()
    loss.backward()
    count += 1
    if count % 3 == 0:
        optimizer.step()
