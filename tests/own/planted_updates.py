"""Planted faults of optimizers and of how a model is put together."""

from collections.abc import Mapping

from planted_form import Fault

TRAINABLE = "torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)"
ALL = "torch.optim.SGD(model.parameters(), lr=0.1)"
OPTIMIZER: Mapping[str, Fault] = {
    "only the body": Fault(
        "not-in-optimizer",
        "head.weight",
        {"optimizer": "torch.optim.SGD(model.body.parameters(), lr=0.1)", "mark": "head"},
    ),
    "the head was swapped afterwards": Fault(
        "not-in-optimizer",
        "head.weight",
        {"after": "model.head = nn.Linear(4, 3)", "mark": "head"},
        {"make": "model.head = nn.Linear(4, 3)"},
    ),
    "the old head is still in it": Fault(
        "foreign-in-optimizer",
        "",
        {"after": "model.head = nn.Linear(4, 3)", "mark": "make"},
        {"make": "model.head = nn.Linear(4, 3)"},
    ),
    "filtered before it was thawed": Fault(
        "not-in-optimizer",
        "body.weight",
        {
            "make": "model.body.requires_grad_(False)",
            "optimizer": TRAINABLE,
            "after": "model.body.requires_grad_(True)",
            "mark": "body",
        },
        {
            "optimizer": TRAINABLE,
        },
    ),
    "a parameter made later": Fault(
        "not-in-optimizer",
        "scale",
        {
            "after": "model.scale = nn.Parameter(torch.ones(1))",
            "mark": "make",
            "forward": "return self.head(self.body(x)) * getattr(self, 'scale', 1)",
        },
        {
            "make": "model.scale = nn.Parameter(torch.ones(1))",
            "forward": "return self.head(self.body(x)) * self.scale",
        },
    ),
    "the optimizer of a copy": Fault(
        "not-in-optimizer",
        "body.weight",
        {
            "extra": "import copy\n",
            "optimizer": "torch.optim.SGD(copy.deepcopy(model).parameters(), lr=0.1)",
            "mark": "body",
        },
    ),
    "biases left out of the groups": Fault(
        "not-in-optimizer",
        "body.bias",
        {
            "optimizer": (
                "torch.optim.SGD([p for n, p in model.named_parameters() if 'weight' in n], lr=0.1)"
            ),
            "mark": "body",
        },
    ),
    "in two optimizers": Fault(
        "duplicate-in-optimizer",
        "head.weight",
        {
            "optimizer": f"[{ALL}, torch.optim.SGD(model.head.parameters(), lr=0.1)]",
            "mark": "head",
        },
        {
            "optimizer": (
                "[torch.optim.SGD(model.body.parameters(), lr=0.1),"
                " torch.optim.SGD(model.head.parameters(), lr=0.1)]"
            )
        },
    ),
    "frozen by zeros, with weight decay": Fault(
        "frozen-moves",
        "body.weight",
        {
            "make": "model.body.weight.register_hook(lambda grad: torch.zeros_like(grad))",
            "optimizer": "torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.1)",
            "mark": "body",
        },
        {
            "make": "model.body.weight.requires_grad_(False)",
            "optimizer": "torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=0.1)",
        },
    ),
    "a dead part that AdamW shrinks": Fault(
        "frozen-moves",
        "body.weight",
        {
            "forward": "return self.head(self.body(x) * 0 + x)",
            "optimizer": "torch.optim.AdamW(model.parameters(), lr=0.1)",
            "mark": "body",
        },
        {
            "forward": "return self.head(self.body(x) + x)",
            "optimizer": "torch.optim.AdamW(model.parameters(), lr=0.1)",
        },
    ),
    "momentum carries it on": Fault(
        "frozen-moves",
        "body.weight",
        {
            "optimizer": "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)",
            "after": (
                "loss(model, batches[0]).backward()\noptimizer.step()\n"
                "model.body.weight.register_hook(lambda grad: grad * 0)"
            ),
            "mark": "body",
        },
        {
            "optimizer": "torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)",
            "after": (
                "loss(model, batches[0]).backward()\noptimizer.step()\n"
                "model.body.weight.requires_grad_(False)"
            ),
        },
    ),
    "an optimizer that decays all": Fault(
        "frozen-moves",
        "body.weight",
        {
            "extra": (
                "class Decays(torch.optim.SGD):\n    def step(self, closure=None):\n"
                "        super().step(closure)\n        with torch.no_grad():\n"
                "            for group in self.param_groups:\n"
                "                for each in group['params']:\n"
                "                    each.mul_(0.99)\n"
            ),
            "make": "model.body.requires_grad_(False)",
            "optimizer": "Decays(model.parameters(), lr=0.1)",
            "mark": "body",
        },
        {"make": "model.body.requires_grad_(False)"},
    ),
    "the loss goes backward itself": Fault(
        "accumulates",
        "body.weight",
        {
            "loss": (
                "def loss(model, batch):  # here\n    found = model(batch).square().mean()\n"
                "    found.backward(retain_graph=True)\n    return found"
            )
        },
    ),
    "zero_grad that does nothing": Fault(
        "accumulates",
        "body.weight",
        {
            "extra": (
                "class Keeps(torch.optim.SGD):\n"
                "    def zero_grad(self, set_to_none=True):\n        pass\n"
            ),
            "optimizer": "Keeps(model.parameters(), lr=0.1)",
            "mark": "body",
        },
    ),
}

FROZEN = "model.body.requires_grad_(False)"
COMPILED = """
torch._dynamo.reset()
unguarded = {"guard_filter_fn": torch.compiler.skip_guard_on_all_nn_modules_unsafe}
run = torch.compile(model, backend="aot_eager", options=unguarded)
def loss(model, batch):
    return (run(batch) - 1).square().mean()
"""
PART = "self.part = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4, affine=False)){}"
STRUCTURE: Mapping[str, Fault] = {
    "everything frozen": Fault(
        "nothing-trainable",
        "",
        {"make": "model.requires_grad_(False)", "mark": "make"},
        {"make": FROZEN},
    ),
    "an adapter loaded for inference": Fault(
        "nothing-trainable",
        "",
        {"make": "for p in model.parameters(): p.requires_grad = 'lora' in 'base'", "mark": "make"},
        {"make": "for n, p in model.named_parameters(): p.requires_grad = 'head' in n"},
    ),
    "layers in a list": Fault(
        "unregistered",
        "layers[0]",
        {
            "init": "self.layers = [nn.Linear(4, 4)]  # here",
            "forward": "return self.head(self.body(self.layers[0](x)))",
        },
        {
            "init": "self.layers = nn.ModuleList([nn.Linear(4, 4)])",
            "forward": "return self.head(self.body(self.layers[0](x)))",
        },
    ),
    "layers in a dictionary": Fault(
        "unregistered",
        "layers['a']",
        {
            "init": "self.layers = {'a': nn.Linear(4, 4)}  # here",
            "forward": "return self.head(self.body(self.layers['a'](x)))",
        },
        {
            "init": "self.layers = nn.ModuleDict({'a': nn.Linear(4, 4)})",
            "forward": "return self.head(self.body(self.layers['a'](x)))",
        },
    ),
    "parameters in a tuple": Fault(
        "unregistered",
        "scales[0]",
        {
            "init": "self.scales = (nn.Parameter(torch.ones(4)),)  # here",
            "forward": "return self.head(self.body(x) * self.scales[0])",
        },
        {
            "init": "self.scales = nn.ParameterList([nn.Parameter(torch.ones(4))])",
            "forward": "return self.head(self.body(x) * self.scales[0])",
        },
    ),
    "layers in a list of lists": Fault(
        "unregistered",
        "layers[1][0]",
        {
            "init": "self.layers = [[], [nn.Linear(4, 4)]]  # here",
            "forward": "return self.head(self.body(self.layers[1][0](x)))",
        },
        {
            "init": "self.layers = nn.ModuleList([nn.Linear(4, 4)])",
            "forward": "return self.head(self.body(self.layers[0](x)))",
        },
    ),
    "batch norm drifts in a frozen part": Fault(
        "buffer-drift",
        "norm.running_mean",
        {
            "init": "self.norm = nn.BatchNorm1d(4)  # here",
            "forward": "return self.head(self.norm(self.body(x)))",
            "make": f"{FROZEN}\nmodel.norm.requires_grad_(False)",
        },
        {
            "init": "self.norm = nn.BatchNorm1d(4)",
            "forward": "return self.head(self.norm(self.body(x)))",
            "make": f"{FROZEN}\nmodel.norm.requires_grad_(False).eval()",
        },
    ),
    "train() after eval()": Fault(
        "buffer-drift",
        "part.1.running_var",
        {
            "init": PART.format("  # here"),
            "forward": "return self.head(self.part(x) + self.body(x))",
            "make": "model.part.requires_grad_(False).eval()\nmodel.train()",
        },
        {
            "init": PART.format(""),
            "forward": "return self.head(self.part(x) + self.body(x))",
            "make": "model.train()\nmodel.part.requires_grad_(False).eval()",
        },
    ),
    "tied, one part frozen": Fault(
        "tied",
        "body.weight",
        {
            "init": "self.head = nn.Linear(4, 4)\nself.head.weight = self.body.weight  # here",
            "make": "model.body.requires_grad_(False)",
        },
        {
            "init": "self.head = nn.Linear(4, 4)\nself.head.weight = self.body.weight",
        },
    ),
    "tied, thawed by the other part": Fault(
        "tied",
        "body.weight",
        {
            "init": "self.head = nn.Linear(4, 4)\nself.head.weight = self.body.weight  # here",
            "make": "model.body.requires_grad_(False)\nmodel.head.requires_grad_(True)",
        },
        {
            "init": "self.head = nn.Linear(4, 4)",
            "make": "model.body.requires_grad_(False)\nmodel.head.requires_grad_(True)",
        },
    ),
    "forward thaws": Fault(
        "flag-flipped",
        "body.weight",
        {
            "make": FROZEN,
            "forward": (
                "for p in self.parameters():\n    p.requires_grad = True  # here\n"
                "return self.head(self.body(x))"
            ),
        },
        {"make": FROZEN},
    ),
    "forward freezes": Fault(
        "flag-flipped",
        "head.bias",
        {
            "forward": (
                "h = self.head(self.body(x))\n"
                "self.head.bias.requires_grad_(False)  # here\nreturn h"
            )
        },
        {"make": "model.head.bias.requires_grad_(False)"},
    ),
    "forward leaves evaluation mode": Fault(
        "flag-flipped",
        "body",
        {
            "make": "model.body.eval()",
            "forward": "self.body.train()  # here\nreturn self.head(self.body(x))",
        },
        {"make": "model.body.eval()"},
    ),
    "evaluation in the loss, and no way back": Fault(
        "flag-flipped",
        "",
        {
            "loss": (
                "def loss(model, batch):\n    found = model(batch).square().mean()\n"
                "    model.eval()  # here\n    return found"
            )
        },
        {
            "loss": (
                "def loss(model, batch):\n    found = model(batch).square().mean()\n"
                "    model.eval()\n    model.train()\n    return found"
            )
        },
    ),
    "sigmoid overwritten": Fault(
        "backward-error",
        "",
        {"forward": "h = torch.sigmoid(self.body(x))\nh.mul_(2)  # here\nreturn self.head(h)"},
        {"forward": "h = torch.sigmoid(self.body(x))\nh = h.mul(2)\nreturn self.head(h)"},
    ),
    "a part of it overwritten": Fault(
        "backward-error",
        "",
        {"forward": "h = torch.exp(self.body(x))\nh[:, 0] = 0  # here\nreturn self.head(h)"},
        {"forward": "h = torch.exp(self.body(x)).clone()\nh[:, 0] = 0\nreturn self.head(h)"},
    ),
    "a graph gone through twice": Fault(
        "backward-error",
        "",
        {
            "loss": (
                "kept = []\ndef loss(model, batch):\n"
                "    kept.append(model(batch).square().mean())\n    return kept[0]"
            ),
            "mark": "make",
        },
    ),
    "a flag flipped after compiling": Fault(
        "compiled",
        "body.weight",
        {
            "loss": COMPILED,
            "make": FROZEN,
            "after": "loss(model, batches[0])\nmodel.body.requires_grad_(True)",
            "mark": "body",
        },
        {"loss": COMPILED, "after": "loss(model, batches[0])"},
    ),
    "re-entrant checkpoint behind data": Fault(
        "checkpoint",
        "body.weight",
        {
            "forward": (
                "h = checkpoints.checkpoint(self.body, x, use_reentrant=True)  # here\n"
                "return self.head(h)"
            )
        },
        {
            "forward": (
                "h = checkpoints.checkpoint(self.body, x, use_reentrant=False)\nreturn self.head(h)"
            )
        },
    ),
    "re-entrant checkpoint behind a frozen part": Fault(
        "checkpoint",
        "middle.weight",
        {
            "init": "self.middle = nn.Linear(4, 4)",
            "make": FROZEN,
            "forward": (
                "h = self.body(x)\n"
                "h = checkpoints.checkpoint(self.middle, h, use_reentrant=True)  # here\n"
                "return self.head(h)"
            ),
        },
        {
            "init": "self.middle = nn.Linear(4, 4)",
            "make": FROZEN,
            "forward": (
                "h = checkpoints.checkpoint(self.middle, self.body(x), use_reentrant=False)\n"
                "return self.head(h)"
            ),
        },
    ),
}
