import torch

w = torch.tensor([0.1, 0.2, 0.3], requires_grad=True)
xs = [torch.tensor([1.0, 2.0, float(i)]) for i in range(4)]
outs = [(w * x).sum() for x in xs]
loss = torch.stack(outs).pow(2).mean()
loss.backward()
print(w.grad)
