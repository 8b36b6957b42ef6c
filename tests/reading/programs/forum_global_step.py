import torch
from torch import optim

EPOCHS = 30
LR: float = 0.05
torch.manual_seed(1234)
data = torch.rand(16)
labels = (data > 0.5).float()
weight = torch.zeros(1, requires_grad=True)
bias = torch.zeros(1, requires_grad=True)
optimizer = optim.Adam(params=[weight, bias], lr=LR, betas=(0.8, 0.99), eps=1e-7)
history = {"loss": [], "acc": []}
best = float("inf")
for epoch in range(EPOCHS):
    logits = weight * data + bias
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    history["loss"].append(loss.item())
    if epoch == EPOCHS - 1 or not epoch % 10:
        print(f"[{epoch:02d}] {loss.item():.3f}")
