import torch
w = torch.tensor(1.0, requires_grad=True)
x = torch.load("x.pt")  # <- program-unknown-function
loss = (w * x).sum()
loss.backward()
