import torch
# 用梯度下降求最小值
学习率 = 0.1
参数 = torch.tensor(4.0, requires_grad=True)
优化器 = torch.optim.SGD([参数], lr=学习率)
for 轮次 in range(10):
    loss = (参数 - 1) ** 2
    优化器.zero_grad()
    loss.backward()
    优化器.step()
    print(f"第 {轮次} 轮：{loss.item()}")
