import torch
import torch.nn as nn

torch.manual_seed(8)
backbone = nn.Sequential(nn.Linear(3, 6), nn.Tanh())
head = nn.Linear(6, 1)
model = nn.Sequential(backbone, head)
for name, param in model.named_parameters():
    if not name.startswith("1"):
        param.requires_grad = False
trainable = [p for p in model.parameters() if p.requires_grad]
print(sum(p.numel() for p in trainable))
optimizer = torch.optim.AdamW(trainable, lr=0.02)
inputs, targets = torch.randn(10, 3), torch.randn(10, 1)
mse = nn.MSELoss()
for epoch in range(10):
    loss = mse(model(inputs), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
