import torch
import torch.nn as nn

torch.manual_seed(3)


class Poly(nn.Module):
    degree = 3

    def __init__(self):
        super().__init__()
        self.coeff = nn.ParameterList([nn.Parameter(torch.randn(())) for _ in range(self.degree + 1)])
        self.gain = nn.Parameter(torch.ones(()))

    def forward(self, x):
        out = 0
        for i, c in enumerate(self.coeff):
            out = out + c * x ** i
        return out * self.gain


model = Poly()
for name, p in model.named_parameters():
    p.requires_grad = not name.startswith("gain")
x = torch.linspace(-1, 1, 11)
y = x ** 3 - x
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
loss_fn = nn.MSELoss(reduction="mean")
for t in range(60):
    y_pred = model(x)
    loss = loss_fn(y_pred, y)
    if t % 20 == 19:
        print(t, loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
