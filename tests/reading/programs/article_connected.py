import torch


x = torch.tensor(2., requires_grad=True)
y = torch.tensor(3., requires_grad=True)


def f(z):
    return z ** 2


def g(x, y):
    z = x + y
    return f(z) + y ** 3


out = g(x, y)
out.backward()
print(x.grad)  # tensor(10.)
print(y.grad)  # tensor(37.)
