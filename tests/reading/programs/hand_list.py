import torch
torch.manual_seed(5)
true_w = torch.tensor([2.0, -3.4])
X = torch.randn(50, 2)
Y = X @ true_w + 4.2 + 0.01 * torch.randn(50)
w = torch.zeros(2, requires_grad=True)
b = torch.zeros(1, requires_grad=True)

def linreg(X, w, b):
    """The linear regression model."""
    return torch.matmul(X, w) + b

def squared_loss(y_hat, y):
    return (y_hat - y) ** 2 / 2

def sgd(params, lr):
    """Gradient descent."""
    with torch.no_grad():
        for param in params:
            param -= lr * param.grad
            param.grad.zero_()

lr = 0.03
num_epochs = 20
net = linreg
for epoch in range(num_epochs):
    l = squared_loss(net(X, w, b), Y)
    l.mean().backward()
    sgd([w, b], lr)
    with torch.no_grad():
        print(f'epoch {epoch + 1}, loss {float(l.mean()):f}')
