import torch
def model(*coefficients, x):
    total = 0.
    for power, c in enumerate(coefficients):
        total = total + c * x ** power
    return total
a, b, c = [torch.tensor(v, requires_grad=True) for v in (0.1, -0.2, 0.3)]
x = torch.tensor([1., 2., 3.])
out = model(a, b, c, x=x)
loss = out.pow(2).mean()
loss.backward()
print([t.grad for t in (a, b, c)])
