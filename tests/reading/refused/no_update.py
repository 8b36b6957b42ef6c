import torch
w = torch.tensor(1.0, requires_grad=True)
for i in range(5):  # <- program-no-update
    loss = w ** 2
    loss.backward()
