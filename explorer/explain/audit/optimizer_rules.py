"""Rules about optimizers: what they hold, what they move, what they never clear."""

from collections.abc import Iterator

from explorer.explain.audit.gradient_rules import MODEL, REST
from explorer.explain.audit.records import Finding, Grad, Seen
from explorer.explain.audit.rule import NOTE, WARNING, Rule
from explorer.i18n import N_

FORWARD = """
    def forward(self, x):
        return self.head(self.body(x))
"""
HEALTHY = f"{MODEL}{FORWARD}{REST}"
ALL = "model.parameters()"


def _with(optimizer: str, source: str = HEALTHY) -> str:
    """The program with another optimizer."""
    return source.replace(f"torch.optim.SGD({ALL}, lr=0.1)", optimizer)


class NotInOptimizer(Rule):
    """{name}: requires_grad is on, but no optimizer holds it, and so no step updates it.

    Compared by identity, so that a module that was replaced after the optimizer was made is
    found although its names are the same.
    """

    name = "not-in-optimizer"
    remedy = N_("Make the optimizer after the model is complete, or add it with add_param_group().")
    INVALID = _with("torch.optim.SGD(model.body.parameters(), lr=0.1)").replace(
        "self.head = nn.Linear(4, 1)", "self.head = nn.Linear(4, 1)  # here"
    )
    VALID = HEALTHY

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Nothing where no optimizer was given."""
        if not seen.optimizers:
            return
        for each in seen.parameters:
            if each.requires_grad and not each.held:
                yield self.finding(each.name, each.made)


class ForeignInOptimizer(Rule):
    """An optimizer holds a tensor that the model has not: number {place} of group {group}, of
    shape {shape}.

    As if the optimizer had been made before a part of the model was replaced: it updates the
    old part, which nothing uses. A tensor to which a gradient comes, as of a loss with
    parameters of its own, is no finding.
    """

    name = "foreign-in-optimizer"
    remedy = N_("Make the optimizer after the model is complete.")
    INVALID = (
        HEALTHY.replace('    return {"model"', '    old = nn.Linear(4, 1)\n    return {"model"')
        .replace(f"SGD({ALL},", f"SGD([*{ALL}, *old.parameters()],")
        .replace("def make():", "def make():  # here")
    )
    VALID = HEALTHY

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each such tensor."""
        for each in seen.foreign:
            if not each.reached:
                yield self.finding(
                    "",
                    seen.made,
                    place=each.place,
                    group=each.held.group,
                    shape=str(list(each.shape)),
                )


class DuplicateInOptimizer(Rule):
    """Optimizers hold {name} {times} times: each step moves it as often.

    As where a tied tensor was collected under both of its names, or two optimizers were given
    the same module.
    """

    name = "duplicate-in-optimizer"
    remedy = N_("Give each parameter to one group of one optimizer.")
    INVALID = _with(
        "[torch.optim.SGD(model.parameters(), lr=0.1),\n"
        "                          torch.optim.SGD(model.head.parameters(), lr=0.1)]"
    ).replace("self.head = nn.Linear(4, 1)", "self.head = nn.Linear(4, 1)  # here")
    VALID = _with(
        "[torch.optim.SGD(model.body.parameters(), lr=0.1),\n"
        "                          torch.optim.SGD(model.head.parameters(), lr=0.1)]"
    )

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each such parameter."""
        for each in seen.parameters:
            if len(each.held) > 1:
                yield self.finding(each.name, each.made, times=len(each.held))


class FrozenInOptimizer(Rule):
    """{name}: requires_grad is off, and an optimizer holds it all the same.

    It does no harm as long as its .grad stays None: optimizers pass over None. With weight
    decay or momentum, and a .grad of zeros, it would move.
    """

    name = "frozen-in-optimizer"
    level = NOTE
    remedy = N_("Give the optimizer only parameters that require a gradient.")
    INVALID = HEALTHY.replace(
        "model = Net()", "model = Net(); model.body.requires_grad_(False)"
    ).replace("self.body = nn.Linear(4, 4)", "self.body = nn.Linear(4, 4)  # here")
    VALID = HEALTHY

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each such parameter."""
        for each in seen.parameters:
            if each.held and not each.requires_grad:
                yield self.finding(each.name, each.made)


class FrozenMoves(Rule):
    """{name} moved, though no gradient other than zero came to it: {causes} moved it.

    Optimizers pass over a .grad of None only. A gradient of zeros, as a hook or a mask leaves
    it, lets weight decay shrink the parameter and momentum carry it on. What a forward pass
    moves, as the average of a teacher's weights, is only noted.
    """

    name = "frozen-moves"
    remedy = N_("Freeze it with requires_grad_(False) and a .grad of None, not by zeros.")
    INVALID = _with(
        "torch.optim.AdamW(model.parameters(), lr=0.1)",
        HEALTHY.replace(
            "    batches =",
            "    model.body.weight.register_hook(lambda grad: grad * 0)\n    batches =",
        ).replace("self.body = nn.Linear(4, 4)", "self.body = nn.Linear(4, 4)  # here"),
    )
    VALID = _with(
        "torch.optim.AdamW(model.parameters(), lr=0.1)",
        HEALTHY.replace(
            "    batches =", "    model.body.weight.requires_grad_(False)\n    batches ="
        ),
    )

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Of those that require a gradient only where none came in any step."""
        for each in seen.parameters:
            nothing_came = not each.requires_grad or each.only(Grad.NONE, Grad.ZERO)
            if each.moved_by and nothing_came:
                yield self.finding(each.name, each.made, level=WARNING, causes=each.moved_by)
            elif each.moved_in_forward and nothing_came:
                yield self.finding(each.name, each.made, level=NOTE, causes=("forward",))


class Accumulates(Rule):
    """The .grad of {name} is not cleared between steps, and adds up.

    zero_grad() of the optimizers does not clear it, or the loss calls backward() itself before
    the step does.
    """

    name = "accumulates"
    remedy = N_("Call zero_grad() of the model before backward(), and backward() once a step.")
    INVALID = HEALTHY.replace(
        "    loss = lambda model, batch: model(batch).square().mean()\n",
        "    def loss(model, batch):  # here\n"
        "        found = model(batch).square().mean()\n"
        "        found.backward(retain_graph=True)\n"
        "        return found\n",
    )
    VALID = HEALTHY

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each such parameter."""
        for each in seen.parameters:
            if each.written_before or (each.kept and each.held):
                yield self.finding(each.name, seen.loss if each.written_before else each.made)
