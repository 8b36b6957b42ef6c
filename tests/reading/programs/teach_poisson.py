import torch
import torch.nn.functional as F

counts = torch.tensor([1.0, 3.0, 2.0, 7.0])
x = torch.tensor([0.0, 1.0, 1.5, 2.5])
slope = torch.tensor(0.1, requires_grad=True)
intercept = torch.tensor(0.0, requires_grad=True)
opt = torch.optim.Adagrad([slope, intercept], lr=0.3)
for i in range(20):
    log_rate = slope * x + intercept
    loss = F.poisson_nll_loss(log_rate, counts)
    opt.zero_grad()
    loss.backward()
    opt.step()
