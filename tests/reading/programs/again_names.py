import torch

torch.manual_seed(2)
x = torch.randn(5, 3)
W = torch.randn(3, 3, requires_grad=True)
v = torch.randn(3, requires_grad=True)
optimizer = torch.optim.Adam([W, v], lr=0.02)
for step in range(6):
    h = x
    for layer in range(3):
        h = torch.tanh(h @ W)
        h = h + x
    h = h @ v
    loss = h.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
