import torch

x = torch.tensor([1.0, 2.0, 3.0])
y = torch.tensor([2.0, 4.0, 6.0])
w = torch.tensor(0.1, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.05)
for epoch in range(1, 31):
    if epoch > 10:
        for g in opt.param_groups:
            g["lr"] = 0.01
    elif epoch > 20:
        opt.param_groups[0]["lr"] = 0.001
    opt.zero_grad(set_to_none=False)
    loss = ((w * x - y) ** 2).sum()
    loss.backward()
    opt.step()
