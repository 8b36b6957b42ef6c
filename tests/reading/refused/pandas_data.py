import torch
import pandas as pd
frame = pd.read_csv("points.csv")  # <- program-other-library
x = torch.tensor(frame["x"].values)
w = torch.tensor(1.0, requires_grad=True)
loss = (w * x).sum()
loss.backward()
