import torch

w = torch.tensor([1.0, -4.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
lr, it = 0.1, 0
total = 0.0
while_best = None
for epoch in range(12):
    loss = (w - 2).pow(2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total += loss.item()
    it += 1
    if it % 4 == 0:
        lr *= 0.5
        optimizer.param_groups[0]["lr"] = lr
print(total / it)
