import torch as t
w = t.tensor([1.0, -2.0, 3.0], requires_grad=True)
c = t.tensor([0.5, 0.25, 4.0])
s = (w * c).sum()
q = s ** 2 + t.exp(-s)
q.backward()
print(w.grad)
