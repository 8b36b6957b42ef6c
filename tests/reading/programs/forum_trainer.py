import time
import torch


def train_model(params, loss_function, optimizer, num_epochs=25, verbose=True):
    """Trains, and returns what the loss was."""
    start = time.time()
    seen = []
    for epoch in range(num_epochs):
        optimizer.zero_grad()
        value = loss_function(*params)
        value.backward()
        optimizer.step()
        seen.append(float(value))
        if verbose and epoch % 5 == 0:
            print(epoch, seen[-1])
    print("took", time.time() - start)
    return value


def rosenbrock(x, y, a=1.0, b=2.0):
    return (a - x) ** 2 + b * (y - x ** 2) ** 2


x = torch.tensor(-1.0, requires_grad=True)
y = torch.tensor(1.5, requires_grad=True)
loss = train_model([x, y], rosenbrock, torch.optim.RMSprop([x, y], lr=0.02, centered=True))
