import torch
import torch.nn as nn

torch.manual_seed(4)
lin = nn.Linear(3, 1)
x = torch.randn(16, 3) * 10
y = x.sum(dim=1, keepdim=True)
opt = torch.optim.SGD(lin.parameters(), lr=1e-3)
for _ in range(20):
    opt.zero_grad()
    loss = nn.functional.mse_loss(lin(x), y)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(lin.parameters(), max_norm=1.0)
    opt.step()
