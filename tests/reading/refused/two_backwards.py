import torch
x = torch.tensor(2.0, requires_grad=True)
y = x ** 2
y.backward()
print(x.grad)
x.grad.zero_()
z = x ** 3
z.backward()  # <- program-second-backward
