import torch

x = torch.linspace(-2, 2, 8)
y = x ** 2
p = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
optimizer = torch.optim.SGD([p], lr=0.01)
for it in range(10):
    i = (it * 2) % 8
    xs, ys = x[i : i + 2], y[i : i + 2]
    pred = p.sum() * xs
    loss = (pred - ys).abs().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if it == 8:
        break
