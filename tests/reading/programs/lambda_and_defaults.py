import torch
square = lambda t: t * t
def scaled(t, by=3.0, shift=-1):
    return by * t + shift
x = torch.tensor(1.5, requires_grad=True)
out = square(scaled(x)) + scaled(x, by=2) + scaled(x, shift=0.5)
out.backward()
