import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(12, 3)
Y = (X ** 2).sum(1, keepdim=True)

net = nn.Sequential(
    nn.Linear(3, 8),
    nn.ReLU(),
    nn.Linear(8, 4),
    nn.LeakyReLU(0.1),
    nn.Linear(4, 1),
)
criterion = nn.SmoothL1Loss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.05, momentum=0.9)

for epoch in range(40):
    optimizer.zero_grad()
    outputs = net(X)
    loss = criterion(outputs, Y)
    loss.backward()
    optimizer.step()
    if epoch % 10 == 9:
        print("epoch {}, loss {}".format(epoch, loss.item()))
