import torch

torch.manual_seed(11)
data = torch.randn(16, 2)
labels = data.pow(2).sum(dim=1)
w = torch.randn(2, requires_grad=True)
c = torch.zeros((), requires_grad=True)
opt = torch.optim.AdamW([w, c], lr=0.05)
shuffler = torch.Generator().manual_seed(0)
accumulation = 2
for epoch in range(3):
    opt.zero_grad()
    for i, idx in enumerate(torch.randperm(16, generator=shuffler).split(4)):
        loss = torch.nn.functional.mse_loss((data[idx] * w).sum(1) + c, labels[idx])
        loss = loss / accumulation
        loss.backward()
        if (i + 1) % accumulation == 0:
            opt.step()
            opt.zero_grad()
