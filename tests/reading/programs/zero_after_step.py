import torch
w = torch.tensor([1.0, 1.0], requires_grad=True)
opt = torch.optim.AdamW([w], lr=0.1, weight_decay=0.1)
for i in range(25):
    loss = (w[None] if False else w).pow(4).sum() + torch.cos(w).sum()
    loss.backward()
    opt.step()
    opt.zero_grad(set_to_none=False)
print(w)
