import torch
x = torch.tensor(1.0, requires_grad=True  # <- program-not-python
y = x ** 2
y.backward()
