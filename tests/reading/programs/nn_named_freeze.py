import torch
import torch.nn as nn

torch.manual_seed(123)

class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer1 = nn.Linear(4, 4)
        self.layer2 = nn.Linear(4, 2)

    def forward(self, x):
        return self.layer2(torch.relu(self.layer1(x)))

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = Encoder()
        self.head = nn.Linear(2, 1)

    def forward(self, x):
        return self.head(self.encoder(x))

model = Model()
for name, param in model.named_parameters():
    if "encoder" in name and not name.endswith("layer2.bias"):
        param.requires_grad = False
x = torch.randn(10, 4)
y = torch.randn(10, 1)
optimizer = torch.optim.AdamW(filter(lambda p: p.requires_grad, model.parameters()), lr=0.02)
for epoch in range(30):
    optimizer.zero_grad()
    loss = nn.functional.l1_loss(model(x), y)
    loss.backward()
    optimizer.step()
