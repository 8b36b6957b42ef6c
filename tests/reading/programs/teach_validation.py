import torch
import torch.nn as nn

torch.manual_seed(10)
X, Y = torch.randn(30, 2), torch.randn(30, 1)
x_train, y_train = X[:20], Y[:20]
x_val, y_val = X[20:], Y[20:]
model = nn.Linear(2, 1)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
history = {"train": [], "val": []}
for epoch in range(12):
    model.train()
    optimizer.zero_grad()
    loss = criterion(model(x_train), y_train)
    loss.backward()
    optimizer.step()
    model.eval()
    with torch.no_grad():
        val_loss = criterion(model(x_val), y_val)
    history["train"].append(loss.item())
    history["val"].append(val_loss.item())
    if epoch % 4 == 0:
        print(f"{epoch}: {loss.item():.4f} {val_loss.item():.4f}")
