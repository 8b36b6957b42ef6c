# Why is x.grad None?
import torch

x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
z = y.detach() * x
with torch.no_grad():
    k = y.sum()
loss = (z * k).sum() + y.mean()
loss.backward()
print(y.grad_fn, x.grad)
print(x.grad is None)
