import torch

a = torch.tensor([0.5, 1.5], requires_grad=True)
z = a * a
z = z.detach()
z = z * a
z = z.exp()
z.sum().backward()
