import torch
p = torch.tensor([3.0, -1.5], requires_grad=True)
q = torch.tensor(0.5, requires_grad=True)
params = [p, q]
sgd = torch.optim.SGD(params, lr=0.02, momentum=0.8, nesterov=True)
for it in range(30):
    for each in params:
        each.grad = None
    loss = torch.logsumexp(p * q, dim=0) + (p ** 2).sum() * 0.1
    loss.backward()
    sgd.step()
