import torch
w = torch.tensor(1.0, requires_grad=True)
for i in range(10):
    loss = w ** 2
    loss.backward()
    w -= 0.1 * w.grad  # <- program-in-place-on-leaf
    w.grad.zero_()
