import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
opt = torch.optim.LBFGS([w])  # <- program-unknown-optimizer
for i in range(3):
    opt.zero_grad()
    loss = (w ** 2).sum()
    loss.backward()
    opt.step()
