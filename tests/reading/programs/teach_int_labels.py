import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(42)
features = torch.randn(12, 3)
labels = torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.5, momentum=0.9)
for i in range(25):
    logits = net(features)
    loss = F.cross_entropy(logits, labels)
    opt.zero_grad()
    loss.backward()
    opt.step()
    if i % 5 == 0:
        acc = (logits.argmax(dim=1) == labels).float().mean().item()
        print(f"step {i}: loss {loss.item():.3f} acc {acc:.2f}")
