import torch
a = torch.tensor(4.0, requires_grad=True)
b = torch.tensor([1.0, 2.0], requires_grad=True)
for i in range(40):
    loss = (a - 1) ** 2 + ((b * a - 3) ** 2).sum()
    loss.backward()
    with torch.no_grad():
        a.sub_(0.01 * a.grad)
        b.add_(b.grad, alpha=-0.01)
    if a.grad is not None:
        a.grad.zero_()
    if b.grad is not None:
        b.grad.zero_()
