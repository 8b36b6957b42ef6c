import torch
import torch.nn as nn
torch.manual_seed(1)
emb = nn.Embedding(5, 3)
lin = nn.Linear(3, 2)
words = torch.tensor([0, 3, 3, 1])
goal = torch.tensor([1, 0, 0, 1])
opt = torch.optim.Adam(list(emb.parameters()) + list(lin.parameters()), lr=0.1)
for _ in range(10):
    logits = lin(emb(words))
    loss = nn.functional.cross_entropy(logits, goal)
    opt.zero_grad()
    loss.backward()
    opt.step()
