import torch
import numpy as np
w = torch.tensor([1.0, 2.0], requires_grad=True)
a = w.detach().numpy()  # <- program-leaves-torch
loss = (w * torch.from_numpy(a)).sum()
loss.backward()
