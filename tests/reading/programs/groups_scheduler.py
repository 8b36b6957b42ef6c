import torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
opt = torch.optim.Adam([{"params": [a], "lr": 0.1}, {"params": [b], "lr": 0.01}])
sched = torch.optim.lr_scheduler.ExponentialLR(opt, gamma=0.9)
for i in range(10):
    loss = ((a * b - 1) ** 2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
