import torch

torch.manual_seed(1)
inputs = torch.rand(10, 2)
targets = inputs.sum(1)
weights = torch.randn(2, requires_grad=True)
g = torch.Generator().manual_seed(3)
lr = 0.1
for epoch in range(4):
    order = torch.randperm(10, generator=g)
    shuffled, wanted = inputs[order], targets[order]
    for start in range(0, 10, 5):
        batch = shuffled[start : start + 5]
        loss = ((batch @ weights - wanted[start : start + 5]) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            weights -= lr * weights.grad
            weights.grad.zero_()
    lr *= 0.8
