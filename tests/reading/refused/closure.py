import torch
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
def closure():
    opt.zero_grad()
    loss = w ** 2
    loss.backward()
    return loss
for i in range(5):
    opt.step(closure)  # <- program-closure
