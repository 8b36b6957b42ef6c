import torch
w = torch.tensor(1.0, requires_grad=True)
v = torch.tensor(2.0, requires_grad=True)
opt = torch.optim.SGD([w, v], lr=0.1)
for i in range(10):
    loss = (w * v) ** 2
    opt.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_([w], 1.0)  # <- program-clipped-in-part
    opt.step()
