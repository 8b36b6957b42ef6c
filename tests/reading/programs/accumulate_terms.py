import torch
xs = torch.tensor([0.1, 0.2, 0.3])
w = torch.tensor(0.5, requires_grad=True)
total = 0.0
for k in range(3):
    total = total + torch.tanh(w * (k + 1))
for k in range(2):
    total += w ** (k + 2)
total.backward()
