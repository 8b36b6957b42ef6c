import torch
a = torch.tensor(1.0, requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
c = torch.tensor([0.1, 0.2], requires_grad=True)
b.requires_grad = False
opt = torch.optim.SGD([p for p in (a, b) if p.requires_grad], lr=0.1)
for step in range(8):
    if step == 4:
        b.requires_grad = True
    loss = ((a * c + b) ** 2).sum()
    opt.zero_grad()
    loss.backward()
    opt.step()
print(a, b.grad, c.grad)
