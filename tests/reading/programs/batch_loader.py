import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
features = torch.randn(14, 2)
labels = (features[:, :1] * 2 - features[:, 1:]).tanh()
dataset = TensorDataset(features, labels)
train_loader = DataLoader(dataset, batch_size=4, shuffle=False)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 1)

    def forward(self, x):
        return torch.tanh(self.fc(x))


def train_one_epoch(model, loader, optimizer, loss_fn):
    running = 0.0
    model.train()
    for batch, (X, y) in enumerate(loader):
        pred = model(X)
        loss = loss_fn(pred, y)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        running += loss.item()
        if batch % 2 == 0:
            print(f"loss: {loss.item():>7f} [{batch * len(X)}/{len(loader.dataset)}]")
    return running / len(loader)


net = Net()
loss_fn = nn.SmoothL1Loss()
optimizer = torch.optim.RMSprop(net.parameters(), lr=0.01)
for epoch in range(3):
    average = train_one_epoch(net, train_loader, optimizer, loss_fn)
    print(epoch, average)
