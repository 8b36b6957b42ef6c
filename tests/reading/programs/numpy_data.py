import numpy as np
import torch

np.random.seed(0)
X = np.linspace(0, 1, 20)
Y = 3 * X + 2 + 0.1 * np.random.randn(20)
x = torch.from_numpy(X).float()
y = torch.tensor(Y, dtype=torch.float32)

w = torch.zeros(1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1, momentum=0.9)
for i in range(50):
    yhat = w * x + b
    loss = torch.mean((yhat - y) ** 2)
    opt.zero_grad()
    loss.backward()
    opt.step()
print(w, b)
