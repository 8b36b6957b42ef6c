import torch
import torch.nn.functional as F

w = torch.tensor([0.4, -1.2], requires_grad=True)
v = torch.tensor([1.5, 1.0], requires_grad=True)
with torch.no_grad():
    goal = F.softplus(w * 3)
    half = goal / 2
scale = w.norm().item()
pred = (w * v) / scale
loss = F.mse_loss(pred, goal) + half.sum() * v.data.sum()
loss.backward()
