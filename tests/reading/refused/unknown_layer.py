import torch
from torch import nn
rnn = nn.LSTM(3, 4)  # <- program-unknown-layer
x = torch.randn(2, 1, 3)
rnn(x)[0].sum().backward()
