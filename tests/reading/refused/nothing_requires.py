import torch
x = torch.tensor(1.0)
y = x * 2
y.backward()  # <- program-backward-of-numbers
