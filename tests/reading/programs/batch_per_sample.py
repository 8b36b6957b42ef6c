import torch
xs = [torch.tensor([1.0]), torch.tensor([2.0])]
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for epoch in range(5):
    for x in xs:
        loss = (w * x - 2 * x).pow(2).sum()
        opt.zero_grad()
        loss.backward()
        opt.step()
