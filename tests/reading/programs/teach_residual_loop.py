import torch
import torch.nn as nn

torch.manual_seed(19)


class ResNet(nn.Module):
    def __init__(self, dim, depth):
        super().__init__()
        self.blocks = nn.ModuleList([nn.Linear(dim, dim) for _ in range(depth)])
        self.head = nn.Linear(dim, 1)

    def forward(self, x):
        for block in self.blocks:
            x = x + torch.relu(block(x))
        return self.head(x).squeeze(-1)


model = ResNet(3, 4)
x, y = torch.randn(9, 3), torch.randn(9)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=1e-3, nesterov=True, momentum=0.9)
for epoch in range(8):
    loss = nn.MSELoss()(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
