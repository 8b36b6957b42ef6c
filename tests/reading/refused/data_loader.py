import torch
from torch.utils.data import DataLoader, TensorDataset
x = torch.randn(10, 1)
w = torch.tensor(1.0, requires_grad=True)
loader = DataLoader(dataset, batch_size=5, shuffle=True)  # <- program-unknown-name
