import torch
x = torch.tensor([0.2, 0.7, 1.6], requires_grad=True)
q = x + (torch.round(x) - x).detach()
loss = ((q - 0.5) ** 2).mean()
loss.backward()
print(x.grad)
