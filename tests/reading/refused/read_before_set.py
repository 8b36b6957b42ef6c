import torch
w = torch.tensor(1.0, requires_grad=True)
v = torch.tensor(2.0, requires_grad=True)
opt = torch.optim.SGD([w, v], lr=0.1)
scale = 1.0
for i in range(10):
    if scale < 0.5:
        opt.param_groups[0]["lr"] = 0.01
    loss = (w * v) ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i == 5:
        scale = 0.2  # <- program-read-before-set
