import torch

w = torch.tensor([1.0, -2.0], requires_grad=True)
target = torch.tensor([0.5, 0.5])
average = 0.0
for step in range(3):
    average = 0.9 * average + 0.1 * (w * (step + 1)).sum()
loss = ((w - target) ** 2).sum() + average
loss.backward()
print(w.grad)
