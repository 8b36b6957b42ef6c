import torch
with open("data.csv") as f:  # <- program-with
    rows = f.read()
w = torch.tensor(1.0, requires_grad=True)
(w * len(rows)).backward()
