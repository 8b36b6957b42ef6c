import torch

def stats(x):
    m = x.mean()
    s = ((x - m) ** 2).mean()
    return m, s

w = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
mu, var = stats(w)
z = (w - mu) / torch.sqrt(var + 1e-5)
(z ** 3).sum().backward()
