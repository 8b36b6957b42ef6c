import torch
w = torch.zeros(100000, 100000, requires_grad=True)  # <- program-too-large
w.sum().backward()
