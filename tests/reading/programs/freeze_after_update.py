import torch
u = torch.tensor([0.5, 1.5], requires_grad=True)
v = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.Adam([u, v], lr=0.1)
for i in range(1, 31):
    loss = (u * v).sum() ** 2 + (u - v).pow(2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i == 10:
        v.requires_grad = False
    elif i == 20:
        v.requires_grad = True
        opt.param_groups[0]["lr"] *= 0.5
