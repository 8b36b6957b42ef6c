import torch
import torch.nn.functional as F

x = torch.tensor([0.5, -1.0, 2.0])
y = torch.tensor([1.0, 0.0, 1.0])
w = torch.tensor(0.1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.5)


def accuracy(p):
    return (p.round() - y).abs().mean()


for epoch in range(20):
    p = torch.sigmoid(w * x + b)
    loss = F.binary_cross_entropy(p, y)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if epoch % 5 == 0:
        with torch.no_grad():
            wrong = accuracy(p)
            best = wrong * 100
        print(epoch, loss.item(), wrong.item(), best)
