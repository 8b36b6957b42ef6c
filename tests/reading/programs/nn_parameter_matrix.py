import torch
import torch.nn as nn
torch.manual_seed(3)
class Bow(nn.Module):
    """y = softplus(x W) v"""
    def __init__(self, d: int, k: int) -> None:
        super().__init__()
        self.W = nn.Parameter(torch.randn(d, k) * 0.3)
        self.v = nn.Parameter(torch.full((k,), 0.5))
        self.register_buffer("shift", torch.tensor([0.1, 0.2]))
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.softplus((x - self.shift) @ self.W) @ self.v
bow = Bow(2, 3)
data = torch.randn(8, 2)
goal = data[:, 0] * data[:, 1]
opt = torch.optim.SGD(bow.parameters(), lr=0.1)
mse = nn.MSELoss()
for it in range(30):
    y_hat = bow(data)
    loss = mse(y_hat, goal)
    opt.zero_grad()
    loss.backward()
    opt.step()
