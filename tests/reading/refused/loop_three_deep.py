import torch
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for epoch in range(5):
    for part in range(2):
        for step in range(2):  # <- program-loop-in-step
            loss = w ** 2
            opt.zero_grad()
            loss.backward()
            opt.step()
