import torch

torch.manual_seed(16)
mu = torch.tensor([0.1, -0.2], requires_grad=True)
log_var = torch.tensor([0.0, 0.5], requires_grad=True)
eps = torch.randn(2)
std = torch.exp(0.5 * log_var)
z = mu + eps * std
recon = ((z - torch.tensor([1.0, 1.0])) ** 2).sum()
kl = -0.5 * torch.sum(1 + log_var - mu.pow(2) - log_var.exp())
loss = recon + kl
loss.backward()
print(mu.grad, log_var.grad)
