import torch
import torch.nn as nn

torch.manual_seed(17)
q = nn.Linear(2, 2)
state, nxt = torch.randn(5, 2), torch.randn(5, 2)
reward = torch.ones(5)
action = torch.tensor([0, 1, 0, 1, 1])
opt = torch.optim.Adam(q.parameters(), lr=0.05)
for t in range(10):
    q_sa = q(state).gather(1, action.unsqueeze(1)).squeeze(1)
    with torch.no_grad():
        target = reward + 0.9 * q(nxt).max(1)[0]
    loss = nn.functional.smooth_l1_loss(q_sa, target)
    opt.zero_grad()
    loss.backward()
    opt.step()
