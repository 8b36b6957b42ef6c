import torch
a = torch.tensor([0.1, 0.2, 0.3],
                 requires_grad=True)
b = torch.tensor([[1., 0., 2.],
                  [0., 1., 1.]])
r = (
    torch.sigmoid(b @ a)  # per row
    .log()
    .sum()
)
z = r * 2 \
    + (a ** 2).sum()
z.backward()
