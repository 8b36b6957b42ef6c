import torch
w = torch.tensor([1.0, 2.0], requires_grad=True)
h = w * 3
h += 1
h *= w
h.mul_(2).relu_()
total = h.sum()
total -= w.prod()
total.backward()
