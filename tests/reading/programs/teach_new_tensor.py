import torch

w = torch.tensor([1.0, 2.0], requires_grad=True)
k = w.new_tensor([3.0, 4.0])
loss = (w * k).sum()
loss.backward()
print(w.grad)
