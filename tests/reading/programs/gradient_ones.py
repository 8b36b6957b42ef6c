import torch
x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)
out = 3 * (x + 2) ** 2
out.backward(gradient=torch.ones_like(out))
print(x.grad)
