import torch

x = torch.tensor([1.0, 0.0, 2.0], requires_grad=True)
rows = torch.nonzero(x).squeeze()  # <- not-in-language
x[rows].sum().backward()
