import torch
torch.manual_seed(0)
R = torch.tensor([[5., 3., 0.], [4., 0., 1.], [1., 1., 5.]])
mask = (R > 0).float()
U = torch.rand(3, 2, requires_grad=True)
V = torch.rand(3, 2, requires_grad=True)
opt = torch.optim.Adagrad([U, V], lr=0.3)
for it in range(25):
    pred = torch.matmul(U, V.t())
    loss = (((R - pred) * mask) ** 2).sum() / mask.sum() + 0.01 * (U.norm() + V.norm())
    opt.zero_grad(); loss.backward(); opt.step()
