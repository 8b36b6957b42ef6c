import torch
w = torch.tensor(1.0, requires_grad=True)
v = torch.zeros(())
for i in range(10):
    loss = w ** 2
    loss.backward()
    with torch.no_grad():
        v = 0.9 * v + w.grad  # <- program-gradient-used
        w -= 0.1 * v
    w.grad.zero_()
