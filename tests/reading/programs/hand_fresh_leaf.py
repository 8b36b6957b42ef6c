import torch
x = torch.tensor(5.0, requires_grad=True)
for i in range(20):
    y = (x - 2) ** 2 + 1
    y.backward()
    x = (x - 0.1 * x.grad).detach().requires_grad_()
print(x)
