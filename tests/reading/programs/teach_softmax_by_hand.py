import torch

logits = torch.tensor([[2.0, 1.0, 0.1], [0.5, 2.5, 0.3]], requires_grad=True)
labels = torch.tensor([0, 1])
exps = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
probs = exps / exps.sum(dim=1, keepdim=True)
picked = probs[torch.arange(2), labels]
loss = -torch.log(picked).mean()
loss.backward()
print(logits.grad)
