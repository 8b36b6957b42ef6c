import torch
from torch import nn, optim

torch.manual_seed(0)
encoder = nn.Linear(4, 3)
decoder = nn.Linear(3, 4)
optimizer = optim.Adam(
    [
        {"params": encoder.parameters()},
        {"params": decoder.parameters(), "lr": 1e-2},
    ],
    lr=1e-3,
)
x = torch.rand(7, 4)
for i in range(10):
    recon = decoder(torch.relu(encoder(x)))
    loss = ((recon - x) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
