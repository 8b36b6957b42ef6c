"""Planted faults of gradients: none where one should be, zeros, and what is not finite."""

from collections.abc import Mapping

from planted_form import Fault


def _forward(faulty: str, mended: str, subject: str = "body.weight", **more: str) -> Fault:
    return Fault("no-gradient", subject, {"forward": faulty, **more}, {"forward": mended, **more})


NO_GRADIENT: Mapping[str, Fault] = {
    "detached activations": _forward(
        "h = self.body(x)\nh = h.detach()  # here\nreturn self.head(h)",
        "h = self.body(x)\nreturn self.head(h)",
    ),
    "no_grad around the body": _forward(
        "with torch.no_grad():\n    h = self.body(x)  # here\nreturn self.head(h)",
        "h = self.body(x)\nreturn self.head(h)",
    ),
    "numbers taken out": _forward(
        "h = self.body(x)\nh = torch.tensor(h.tolist())  # here\nreturn self.head(h)",
        "return self.head(self.body(x))",
    ),
    "through NumPy": _forward(
        "h = self.body(x).detach().numpy()  # here\nreturn self.head(torch.from_numpy(h))",
        "return self.head(self.body(x))",
    ),
    ".data is used": _forward(
        "h = self.body(x).data  # here\nreturn self.head(h)", "return self.head(self.body(x))"
    ),
    "a comparison only": _forward(
        "h = (self.body(x) > 0).float()  # here\nreturn self.head(h)",
        "return self.head(torch.sigmoid(self.body(x)))",
    ),
    "argmax": _forward(
        "h = self.body(x).argmax(1)  # here\nreturn self.head(nn.functional.one_hot(h, 4).float())",
        "return self.head(self.body(x).softmax(1))",
    ),
    "whole numbers": _forward(
        "h = self.body(x).long().float()  # here\nreturn self.head(h)",
        "return self.head(self.body(x))",
    ),
    "a new parameter of old numbers": _forward(
        "w = torch.tensor(self.body.weight.tolist())  # here\n"
        "return self.head(x @ w + self.body.bias)",
        "return self.head(x @ self.body.weight + self.body.bias)",
    ),
    "never called": _forward("return self.head(x)", "return self.head(self.body(x))", mark="body"),
    "called but thrown away": _forward(
        "self.body(x)\nreturn self.head(x)", "return self.head(self.body(x))", mark="body"
    ),
    "only in a branch that is never taken": _forward(
        "h = self.body(x) if x.shape[0] > 99 else x\nreturn self.head(h)",
        "h = self.body(x) if x.shape[0] > 2 else x\nreturn self.head(h)",
        mark="body",
    ),
    "a weight that forward overlooks": _forward(
        "return nn.functional.linear(self.body(x), self.head.weight)",
        "return nn.functional.linear(self.body(x), self.head.weight, self.head.bias)",
        subject="head.bias",
        mark="head",
    ),
    "eval loop's decorator left on": Fault(
        "no-gradient",
        "body.weight",
        {
            "extra": "@torch.no_grad()\ndef encode(model, x):\n    return model.body(x)  # here\n",
            "forward": "return self.head(encode(self, x))",
        },
        {
            "extra": "def encode(model, x):\n    return model.body(x)\n",
            "forward": "return self.head(encode(self, x))",
        },
    ),
    "inference mode": _forward(
        "with torch.inference_mode():\n    h = self.body(x)  # here\nreturn self.head(h.clone())",
        "h = self.body(x)\nreturn self.head(h.clone())",
    ),
    "set_grad_enabled(False)": _forward(
        "with torch.set_grad_enabled(False):\n    h = self.body(x)  # here\nreturn self.head(h)",
        "with torch.set_grad_enabled(True):\n    h = self.body(x)\nreturn self.head(h)",
    ),
    "detached in one of two places": _forward(
        "a = self.body(x)\nb = a.detach()  # here\nreturn self.head(b * b)",
        "a = self.body(x)\nb = a.detach()\nreturn self.head(a * b)",
    ),
    "loss of half the outputs": Fault(
        "no-gradient",
        "second.weight",
        {
            "init": "self.second = nn.Linear(4, 1)  # here",
            "forward": "h = self.body(x)\nreturn self.head(h), self.second(h)",
            "loss": "loss = lambda model, batch: model(batch)[0].square().mean()",
        },
        {
            "init": "self.second = nn.Linear(4, 1)",
            "forward": "h = self.body(x)\nreturn self.head(h), self.second(h)",
            "loss": "loss = lambda model, batch: sum(o.square().mean() for o in model(batch))",
        },
    ),
    "detach in the loss": Fault(
        "no-gradient",
        "body.weight",
        {
            "forward": "h = self.body(x)\nreturn self.head(x), h",
            "loss": (
                "def loss(model, batch):\n    out, h = model(batch)\n"
                "    return out.square().mean() + h.detach().square().mean()  # here"
            ),
        },
        {
            "forward": "h = self.body(x)\nreturn self.head(x), h",
            "loss": (
                "def loss(model, batch):\n    out, h = model(batch)\n"
                "    return out.square().mean() + h.square().mean()"
            ),
        },
    ),
    "a gate that is sampled": _forward(
        "p = torch.sigmoid(self.body(x))\n"
        "g = torch.bernoulli(p.detach())  # here\nreturn self.head(x * g)",
        "p = torch.sigmoid(self.body(x))\nreturn self.head(x * p)",
    ),
    "an index table of a parameter": Fault(
        "no-gradient",
        "position",
        {
            "init": "self.position = nn.Parameter(torch.ones(4))",
            "forward": (
                "shift = self.position.int()  # here\nreturn self.head(self.body(x) + shift)"
            ),
        },
        {
            "init": "self.position = nn.Parameter(torch.ones(4))",
            "forward": "return self.head(self.body(x) + self.position)",
        },
    ),
    "a function of one's own without a derivative": Fault(
        "no-gradient",
        "body.weight",
        {
            "extra": (
                "class Pass(torch.autograd.Function):\n    @staticmethod\n"
                "    def forward(context, x):\n        return x.clone()\n    @staticmethod\n"
                "    def backward(context, grad):\n        return None\n"
            ),
            "forward": "h = Pass.apply(self.body(x))  # here\nreturn self.head(h)",
        },
        {"forward": "h = self.body(x).clone()\nreturn self.head(h)"},
    ),
}

ZERO_GRADIENT: Mapping[str, Fault] = {
    name: Fault("zero-gradient", subject, {"forward": faulty, **more}, {"forward": mended, **more})
    for name, (subject, faulty, mended, more) in {
        "rounded": (
            "body.weight",
            "h = torch.round(self.body(x))  # here\nreturn self.head(h)",
            "h = self.body(x)\nreturn self.head(h)",
            {},
        ),
        "sign": (
            "body.weight",
            "h = torch.sign(self.body(x))  # here\nreturn self.head(h)",
            "h = torch.tanh(self.body(x))\nreturn self.head(h)",
            {},
        ),
        "dead relu": (
            "body.weight",
            "h = torch.relu(self.body(x) - 99)  # here\nreturn self.head(h)",
            "h = torch.relu(self.body(x))\nreturn self.head(h)",
            {},
        ),
        "clamped away": (
            "body.weight",
            "h = (self.body(x) + 50).clamp(0, 1)  # here\nreturn self.head(h)",
            "h = self.body(x).clamp(-9, 9)\nreturn self.head(h)",
            {},
        ),
        "times a zero": (
            "body.weight",
            "h = self.body(x) * 0  # here\nreturn self.head(h + x)",
            "h = self.body(x) * 0.5\nreturn self.head(h + x)",
            {},
        ),
        "a mask of zeros": (
            "body.weight",
            "mask = torch.zeros(4)\nh = self.body(x) * mask  # here\nreturn self.head(h + x)",
            "mask = torch.ones(4)\nh = self.body(x) * mask\nreturn self.head(h + x)",
            {},
        ),
        "saturated": (
            "body.weight",
            "h = torch.sigmoid(self.body(x) + 200)  # here\nreturn self.head(h)",
            "h = torch.sigmoid(self.body(x))\nreturn self.head(h)",
            {},
        ),
        "head set to zero and frozen": (
            "body.weight",
            "return self.head(self.body(x))  # here",
            "return self.head(self.body(x)) + self.body(x).mean()",
            {"make": "nn.init.zeros_(model.head.weight)\nmodel.head.weight.requires_grad_(False)"},
        ),
        "floor": (
            "body.weight",
            "h = torch.floor(self.body(x))  # here\nreturn self.head(h)",
            "h = self.body(x)\nreturn self.head(h)",
            {},
        ),
    }.items()
}

NON_FINITE: Mapping[str, Fault] = {
    name: Fault("non-finite", "body.weight", {"forward": faulty}, {"forward": mended})
    for name, (faulty, mended) in {
        "root of zero": (
            "h = (0 * self.body(x)).sqrt()  # here\nreturn self.head(h)",
            "h = (0 * self.body(x) + 1e-6 + self.body(x) ** 2).sqrt()\nreturn self.head(h)",
        ),
        "logarithm of what may be negative": (
            "h = torch.log(self.body(x))  # here\nreturn self.head(h)",
            "h = torch.log(self.body(x).exp() + 1)\nreturn self.head(h)",
        ),
        "division by zero": (
            "h = self.body(x)\nh = h / (h - h)  # here\nreturn self.head(h)",
            "h = self.body(x)\nh = h / (h.abs() + 1)\nreturn self.head(h)",
        ),
        "norm written out, at zero": (
            "h = self.body(x)\nn = ((h - h) ** 2).sum().sqrt()  # here\nreturn self.head(h + n)",
            "h = self.body(x)\nn = (h ** 2).sum().sqrt()\nreturn self.head(h + n)",
        ),
        "overflow": (
            "h = torch.exp(self.body(x) * 1000)  # here\nreturn self.head(h)",
            "h = torch.exp(-self.body(x) ** 2)\nreturn self.head(h)",
        ),
    }.items()
}
