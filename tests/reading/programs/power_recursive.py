import torch

def power(x, n):
    if n == 0:
        return 1
    return x * power(x, n - 1)

x = torch.tensor(1.1, requires_grad=True)
y = power(x, 4)
y.backward()
print(x.grad, 4 * 1.1 ** 3)
