import torch

w = torch.tensor(5.0, requires_grad=True)
b = torch.tensor(-1.0, requires_grad=True)
lr = 0.2
for step in range(15):
    loss = (w * 2 + b - 1) ** 2
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr / 2 * b.grad
    w.grad = None
    b.grad.zero_()
    lr *= 0.9
    if step == 9:
        lr = 0.05
