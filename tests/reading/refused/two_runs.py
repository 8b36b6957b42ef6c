import torch
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(3):
    loss = w ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
for i in range(3):
    loss = (w - 1) ** 2
    opt.zero_grad()
    loss.backward()  # <- program-second-backward
    opt.step()
