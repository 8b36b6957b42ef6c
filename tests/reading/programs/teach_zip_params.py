import torch

torch.manual_seed(20)
sizes = [2, 3, 1]
weights = [torch.randn(m, n, requires_grad=True) for m, n in zip(sizes[:-1], sizes[1:])]
biases = [torch.zeros(n, requires_grad=True) for n in sizes[1:]]
x = torch.randn(6, 2)
y = torch.randn(6, 1)
optimizer = torch.optim.Adam(weights + biases, lr=0.02)
for epoch in range(10):
    h = x
    for i, (w, b) in enumerate(zip(weights, biases)):
        h = h @ w + b
        if i < len(weights) - 1:
            h = torch.tanh(h)
    loss = ((h - y) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
