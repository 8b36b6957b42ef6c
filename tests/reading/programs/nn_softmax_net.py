import torch
import torch.nn as nn
import torch.nn.functional as F
torch.manual_seed(5)
class Classifier(nn.Module):
    def __init__(self):
        super(Classifier, self).__init__()
        self.stack = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 3), nn.LogSoftmax(dim=1))
    def forward(self, x):
        logp = self.stack(x)
        return logp
model = Classifier().to("cpu")
x = torch.randn(9, 2)
y = torch.randint(0, 3, (9,))
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.1)
for epoch in range(15):
    model.zero_grad()
    loss = F.nll_loss(model(x), y)
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        acc = (model(x).argmax(1) == y).float().mean()
        print(epoch, loss.item(), acc.item())
