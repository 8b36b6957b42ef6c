import torch
w = torch.tensor(1.0, requires_grad=True)
v = torch.tensor(2.0, requires_grad=True)
opt = torch.optim.SGD([w, v], lr=0.1)
for i in range(10):  # <- program-update-sometimes
    loss = (w * v) ** 2
    loss.backward()
    if i % 4 == 3 or i == 9:
        opt.step()
        opt.zero_grad()
