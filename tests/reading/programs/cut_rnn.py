import torch

x = torch.tensor([0.5, -0.2, 0.9, 0.1, 0.4])
w = torch.tensor(0.7, requires_grad=True)
u = torch.tensor(0.3, requires_grad=True)
h = torch.zeros(())
hs = []
for t in range(len(x)):
    if t % 2 == 0 and t > 0:
        h = h.detach()
    h = torch.tanh(w * h + u * x[t])
    hs.append(h)
loss = sum((each - 0.5) ** 2 for each in hs)
loss.backward()
print(w.grad.item(), u.grad.item())
