import torch
w = torch.tensor([2.0, 3.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)
for i in range(12):
    if i == 6:
        with torch.no_grad():
            w.fill_(1.5)
    loss = (w ** 2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
