import torch
w = torch.tensor(1.0, requires_grad=True)
loss = w ** 2
while loss > 0.1:  # <- program-while
    loss.backward()
