import torch
a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor(0.5, requires_grad=True)
for i in range(10):
    loss = ((a * b - 1) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        a -= 0.1 * a.grad
        b -= 0.01 * b.grad
        a.grad = None
        b.grad = None
