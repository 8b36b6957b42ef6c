import torch
w = torch.tensor([0.3, -0.2], requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(10):
    loss = (w ** 2).sum()
    loss += torch.cos(w).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
