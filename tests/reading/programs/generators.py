import numpy as np
import torch

rng = np.random.default_rng(7)
xs = rng.uniform(-1, 1, size=12)
noise = rng.normal(0, 0.1, 12)
x = torch.tensor(xs, dtype=torch.float32)
y = torch.tensor(2 * xs + noise).float()
g = torch.Generator().manual_seed(3)
w = torch.randn(1, generator=g).requires_grad_()
with torch.autograd.set_detect_anomaly(True):
    loss = torch.nn.functional.mse_loss(w * x, y)
    with torch.no_grad():
        with torch.enable_grad():
            extra = (w ** 2).sum()
    (loss + extra).backward()
