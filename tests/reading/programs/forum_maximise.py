import torch
x = torch.tensor([0.1, 0.2], requires_grad=True)
opt = torch.optim.SGD([x], lr=0.05, maximize=True)
for i in range(10):
    opt.zero_grad()
    reward = torch.sin(x).sum() - (x ** 4).sum()
    (-(-reward)).backward()
    opt.step()
