import torch
x = torch.tensor([0.2, 0.7, 1.6], requires_grad=True)
w = torch.tensor(0.5, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(5):
    loss = ((w * x) ** 2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
