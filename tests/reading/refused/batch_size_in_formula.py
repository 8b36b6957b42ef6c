import torch
x = torch.linspace(0, 1, 10)
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for epoch in range(3):
    for i in range(0, 10, 4):
        a = x[i:i + 4]  # <- program-last-batch
        loss = ((w * a) ** 2).sum() / len(a)
        opt.zero_grad()
        loss.backward()
        opt.step()
