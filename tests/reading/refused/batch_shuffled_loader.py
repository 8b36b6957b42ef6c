import torch
from torch.utils.data import DataLoader, TensorDataset
x = torch.randn(10, 1)
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
loader = DataLoader(TensorDataset(x), batch_size=5, shuffle=True)  # <- program-data-loader
for epoch in range(3):
    for (a,) in loader:
        loss = ((w * a) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
