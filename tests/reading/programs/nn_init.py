import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(2)


class Net(nn.Module):
    def __init__(self, n_in=2, n_hidden=5, n_out=1, bias=True):
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_hidden, bias=bias)
        self.fc2 = nn.Linear(n_hidden, n_out)
        nn.init.xavier_uniform_(self.fc1.weight)
        nn.init.zeros_(self.fc1.bias)
        nn.init.constant_(self.fc2.bias, 0.1)
        self.scale = 2.0

    def forward(self, x):
        h = F.relu(self.fc1(x)) * self.scale
        return torch.sigmoid(self.fc2(h))


X = torch.tensor([[0., 0.], [0., 1.], [1., 0.], [1., 1.]])
Y = torch.tensor([[0.], [1.], [1.], [0.]])
net = Net(n_hidden=4)
criterion = nn.BCELoss()
opt = torch.optim.Adam(net.parameters(), lr=0.05)
for i in range(60):
    out = net(X)
    loss = criterion(out, Y)
    opt.zero_grad()
    loss.backward()
    opt.step()
