import torch

x = torch.tensor([0.0, 1.0, 2.0, 3.0])
y = torch.tensor([1.0, 3.0, 5.0, 7.0])
k = torch.tensor(0.2, requires_grad=True)
m = torch.tensor(0.0, requires_grad=True)
optimizer = torch.optim.RMSprop([k, m], lr=0.01, alpha=0.9)


def model(inp):
    return k * inp + m


def loss_fn(p, t):
    return (p - t).abs().mean()


def train_step():
    optimizer.zero_grad()
    p = model(x)
    loss = loss_fn(p, y)
    loss.backward()
    optimizer.step()
    return loss


def train(n):
    for i in range(n):
        l = train_step()
        if i % 20 == 0:
            print(i, l.item())
    return l


loss = train(100)
print(k, m)
