from torch import tensor, sigmoid
from torch.nn.functional import softplus, mse_loss as mse

w = tensor([0.3, -0.7], requires_grad=True)
b = tensor(0.1, requires_grad=True)
pred = sigmoid(w * 2 + b) + softplus(w)
target = tensor([1.0, 0.0])
loss = mse(pred, target)
loss.backward()
