import torch
torch.manual_seed(0)
x = torch.randn(10, 1)
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for epoch in range(3):
    order = torch.randperm(10)  # <- program-shuffle
    for i in range(0, 10, 5):
        loss = ((w * x[order[i:i + 5]]) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
