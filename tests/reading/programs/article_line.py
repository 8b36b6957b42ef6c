import torch
import torch.nn as nn
import torch.optim as optim

x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
y = torch.tensor([3.0, 5.0, 7.0, 9.0, 11.0])


class LineModel(nn.Module):
    def __init__(self):
        super(LineModel, self).__init__()
        self.a = nn.Parameter(torch.tensor(1.0))
        self.b = nn.Parameter(torch.tensor(0.5))
        self.c = nn.Parameter(torch.tensor(0.0))
        self.d = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return self.a*x + self.b*x + self.c + self.d


model = LineModel()
model.b.requires_grad = False
model.d.requires_grad = False

criterion = nn.MSELoss()
optimizer = optim.SGD(model.parameters(), lr=0.005)

for epoch in range(5000):
    outputs = model(x)
    loss = criterion(outputs, y)

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

    if (epoch + 1) % 500 == 0:
        print(f'Epoch [{epoch+1}/5000], Loss: {loss.item():.4f}')

print(f'a: {model.a.item()}, b: {model.b.item()}')
