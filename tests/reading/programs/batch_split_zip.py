import torch
import torch.nn.functional as F

x = torch.linspace(0, 2, 9).unsqueeze(1)
t = torch.sin(3 * x)
A = torch.tensor([[0.3, -0.2]], requires_grad=True)
B = torch.tensor([[0.5], [0.1]], requires_grad=True)
optimizer = torch.optim.Adagrad([A, B], lr=0.2)
steps = 0
for epoch in range(4):
    for xb, tb in zip(x.split(4), torch.split(t, 4)):
        optimizer.zero_grad(set_to_none=False)
        loss = F.l1_loss(torch.tanh(xb @ A) @ B, tb)
        loss.backward()
        optimizer.step()
        steps += 1
        if steps == 7:
            A.requires_grad_(False)
