import torch
import torch.nn as nn

torch.manual_seed(0)
words = {"the": 0, "cat": 1, "sat": 2, "mat": 3}
sentence = torch.tensor([words["the"], words["cat"], words["sat"]])
target = torch.tensor([words["mat"]])


class NextWord(nn.Module):
    def __init__(self, vocab, dim):
        super(NextWord, self).__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.fc = nn.Linear(dim, vocab)

    def forward(self, idx):
        e = self.embed(idx).mean(dim=0, keepdim=True)
        return self.fc(e)


model = NextWord(len(words), 5)
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.2)
for epoch in range(15):
    optimizer.zero_grad()
    out = model(sentence)
    loss = loss_fn(out, target)
    loss.backward()
    optimizer.step()
print(loss.item())
