import torch
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(3):
    loss = w ** 2 * (i + 1)  # <- program-step-in-formula
    opt.zero_grad()
    loss.backward()
    opt.step()
