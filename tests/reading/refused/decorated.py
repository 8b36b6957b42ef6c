import torch
@torch.no_grad()  # <- program-decorator
def target(w):
    return w * 2
w = torch.tensor(1.0, requires_grad=True)
loss = (w - target(w)) ** 2
loss.backward()
