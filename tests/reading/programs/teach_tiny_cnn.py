import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(5)
images = torch.rand(4, 1, 8, 8)
labels = torch.randint(0, 3, (4,))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(4 * 4 * 4, 3)

    def forward(self, x):
        x = self.pool(F.relu(self.conv1(x)))
        x = x.view(x.size(0), -1)
        return F.log_softmax(self.fc(x), dim=1)


net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for step in range(6):
    output = net(images)
    loss = F.nll_loss(output, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
