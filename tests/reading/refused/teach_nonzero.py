import torch

x = torch.tensor([1.0, 0.0, 2.0], requires_grad=True)
rows = torch.nonzero(x).squeeze()  # <- unknown-function
x[rows].sum().backward()
