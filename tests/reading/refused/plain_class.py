import torch
class Config:  # <- program-other-class
    lr = 0.1
cfg = Config()
w = torch.tensor(1.0, requires_grad=True)
opt = torch.optim.SGD([w], lr=cfg.lr)
for i in range(3):
    loss = w ** 2
    opt.zero_grad()
    loss.backward()
    opt.step()
