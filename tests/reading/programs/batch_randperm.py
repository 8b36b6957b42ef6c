import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(20, 3)
y = x @ torch.tensor([[1.0], [-2.0], [0.5]]) + 0.1 * torch.randn(20, 1)
generator = torch.Generator()
generator.manual_seed(42)
batch_size = 8
model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
losses = []
for epoch in range(5):
    model.train()
    permutation = torch.randperm(x.size(0), generator=generator)
    epoch_loss = 0.0
    for i in range(0, x.size(0), batch_size):
        indices = permutation[i : i + batch_size]
        batch_x, batch_y = x[indices], y[indices]
        outputs = model(batch_x)
        loss = criterion(outputs, batch_y)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        epoch_loss += loss.item() * batch_x.size(0)
    scheduler.step()
    losses.append(epoch_loss / len(x))
    print(f"epoch {epoch + 1}: {epoch_loss / len(x):.4f}")
