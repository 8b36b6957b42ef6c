import torch
x = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [4.1], [6.2]])
W = torch.zeros(1, 1, requires_grad=True)
B = torch.zeros(1, requires_grad=True)
lr = 0.05
for step in range(60):
    hyp = x.mm(W) + B
    cost = torch.mean((hyp - y) ** 2)
    cost.backward()
    W.data = W.data - lr * W.grad.data
    B.data -= lr * B.grad.data
    W.grad.data.zero_()
    B.grad.data.zero_()
