import torch
from torch import nn

torch.manual_seed(1)
x = torch.linspace(-2, 2, 24).unsqueeze(1)
y = torch.sin(2 * x) + 0.05 * torch.randn(24, 1)


class MLP(nn.Module):
    def __init__(self):
        super(MLP, self).__init__()
        self.hidden = nn.Linear(1, 6)
        self.out = nn.Linear(6, 1)

    def forward(self, x):
        x = torch.tanh(self.hidden(x))
        return self.out(x)


mlp = MLP()
for p in mlp.hidden.parameters():
    p.requires_grad = False
opt = torch.optim.Adam(mlp.parameters(), lr=1e-2, weight_decay=1e-4)
loss_fn = nn.MSELoss()
for step in range(1, 81):
    if step == 30:
        for p in mlp.hidden.parameters():
            p.requires_grad_(True)
    if step == 60:
        opt.param_groups[0]["lr"] = 1e-3
    opt.zero_grad()
    loss = loss_fn(mlp(x), y)
    loss.backward()
    opt.step()
print(loss)
