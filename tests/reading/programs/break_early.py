import torch
w = torch.tensor(3.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(1000):
    loss = w ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i == 12:
        break
