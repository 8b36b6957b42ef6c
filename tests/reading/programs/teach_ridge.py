import torch

torch.manual_seed(11)
A = torch.randn(15, 4)
true = torch.tensor([1.0, -1.0, 0.5, 2.0])
b = A @ true + 0.01 * torch.randn(15)
theta = torch.zeros(4, requires_grad=True)
lam = 0.1
opt = torch.optim.Adam([theta], lr=0.1)
for i in range(25):
    residual = A @ theta - b
    loss = residual.pow(2).mean() + lam * theta.norm() ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
