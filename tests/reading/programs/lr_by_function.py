import torch
w = torch.tensor([2.0, 3.0], requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.1)

def adjust_learning_rate(optimizer, epoch):
    lr = 0.1 * (0.5 ** (epoch // 4))
    for param_group in optimizer.param_groups:
        param_group['lr'] = lr

for epoch in range(12):
    adjust_learning_rate(optimizer, epoch)
    loss = (w ** 2).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
