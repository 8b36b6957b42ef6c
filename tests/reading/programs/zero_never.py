import torch

# What happens if zero_grad() is forgotten?
w = torch.tensor(2.0, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.01)
for step in range(15):
    loss = w ** 2
    loss.backward()
    optimizer.step()
    print(step, w.grad)
