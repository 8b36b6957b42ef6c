import torch
import torch.nn as nn

torch.manual_seed(15)
embed = nn.Linear(4, 2)
anchor, positive, negative = torch.randn(5, 4), torch.randn(5, 4), torch.randn(5, 4)
triplet = nn.TripletMarginLoss(margin=1.0)
optimizer = torch.optim.SGD(embed.parameters(), lr=0.1)
for step in range(8):
    loss = triplet(embed(anchor), embed(positive), embed(negative))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
