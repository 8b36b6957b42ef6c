import torch


def make_data(n=16):
    xs = torch.linspace(-2.0, 2.0, n)
    ys = xs ** 2 - 1
    return xs, ys


def main():
    torch.manual_seed(3)
    xs, ys = make_data()
    coeffs = torch.randn(3, 1, requires_grad=True)
    powers = torch.stack([torch.ones_like(xs), xs, xs ** 2], dim=1)
    optimizer = torch.optim.Adagrad([coeffs], lr=0.5)
    losses = []
    for epoch in range(1, 41):
        prediction = (powers @ coeffs).squeeze(1)
        loss = torch.nn.functional.smooth_l1_loss(prediction, ys)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if epoch % 10 == 0:
            print(epoch, loss.item())
    return coeffs, loss


if __name__ == "__main__":
    coeffs, loss = main()
