import torch
from torch import nn

torch.manual_seed(10)
inputs = torch.tensor([[73., 67., 43.], [91., 88., 64.], [87., 134., 58.], [102., 43., 37.], [69., 96., 70.]]) / 100
targets = torch.tensor([[56., 70.], [81., 101.], [119., 133.], [22., 37.], [103., 119.]]) / 100
model = nn.Linear(3, 2)
print(model.weight)
print(list(model.parameters()))
opt = torch.optim.SGD(model.parameters(), lr=1e-1)
loss_fn = torch.nn.functional.mse_loss
for epoch in range(50):
    pred = model(inputs)
    loss = loss_fn(pred, targets)
    loss.backward()
    opt.step()
    opt.zero_grad()
