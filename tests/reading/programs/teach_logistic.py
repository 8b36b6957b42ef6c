import torch

torch.manual_seed(3)
x = torch.randn(20, 2)
t = (x[:, 0] + x[:, 1] > 0).float()
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.SGD([w, b], lr=0.3)
for _ in range(30):
    p = torch.sigmoid(x @ w + b)
    loss = -(t * torch.log(p) + (1 - t) * torch.log(1 - p)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(w, b)
