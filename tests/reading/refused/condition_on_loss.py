import torch
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(10):
    loss = w ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
    if loss < 1e-3:  # <- program-condition-on-tensor
        break
