import torch
w = torch.tensor(1.0, requires_grad=True)
y = w * factor  # <- program-unknown-name
y.backward()
