import torch
torch.manual_seed(6)
params = {"w": torch.randn(2, requires_grad=True), "b": torch.zeros(1, requires_grad=True)}
config = dict(lr=0.05, steps=15)
X = torch.tensor([[1.0, 2.0], [0.5, -1.0], [2.0, 0.0]])
Y = torch.tensor([1.0, -1.0, 0.5])
opt = torch.optim.SGD(params.values(), lr=config["lr"])
for s in range(config["steps"]):
    out = X @ params["w"] + params["b"]
    loss = ((out - Y) ** 2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
