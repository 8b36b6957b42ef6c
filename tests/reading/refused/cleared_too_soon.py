import torch
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for i in range(5):
    loss = w ** 2
    loss.backward()  # <- program-cleared-too-soon
    opt.zero_grad()
    opt.step()
