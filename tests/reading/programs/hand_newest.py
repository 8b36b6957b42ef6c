import torch
def f(p):
    return (p[0] - 1) ** 2 + (p[1] + 2) ** 2 if False else ((p - torch.tensor([1.0, -2.0])) ** 2).sum()
p = torch.zeros(2, requires_grad=True)
step_size = 5e-2
for i in range(50):
    loss = f(p)
    loss.backward()
    p.data.add_(-step_size * p.grad.data)
    p.grad.data.zero_()
