import torch
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(0)
x = torch.rand(10, 3).to(device)
w = torch.rand(3, device=device, requires_grad=True)
y = (x @ torch.tensor([1.0, 2.0, 3.0]).to(device)).to(device)
optimizer = torch.optim.Adam([w], lr=1e-1)
for epoch in range(20):
    output = x @ w
    loss = torch.nn.functional.huber_loss(output, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print('loss', loss.cpu().item())
