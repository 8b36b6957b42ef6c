import torch
x = torch.linspace(0, 1, 10)
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for epoch in range(3):
    for i in range(0, 10, 2):
        if i == 4:
            break  # <- program-break-in-epoch
        loss = ((w * x[i:i + 2]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
