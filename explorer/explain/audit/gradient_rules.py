"""Rules about gradients: which came, which did not, and which should not be what they are."""

from collections.abc import Iterator

from explorer.explain.audit.records import Finding, Grad, Seen, SeenParameter
from explorer.explain.audit.rule import ERROR, NOTE, WARNING, Rule
from explorer.i18n import N_

MODEL = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)
"""
REST = """
def make():
    torch.manual_seed(0)
    model = Net()
    batches = [torch.randn(8, 4) for _ in range(3)]
    loss = lambda model, batch: model(batch).square().mean()
    return {"model": model, "batches": batches, "loss": loss,
            "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}
"""


def _trainable(seen: Seen) -> Iterator[SeenParameter]:
    return (each for each in seen.parameters if each.requires_grad)


class NoGradient(Rule):
    """No gradient reached {name} in any step, though requires_grad is on.

    The .grad stayed None in every batch, and no update moves it. It may be cut off (detach(),
    no_grad(), .item(), .data, a whole number), or the loss may not depend on it at all. A
    parameter that only some batches use is no finding.
    """

    name = "no-gradient"
    remedy = N_(
        "Let it reach the loss; or freeze it with requires_grad_(False), or declare it in "
        "expect-unused."
    )
    INVALID = f"""{MODEL}
    def forward(self, x):
        h = self.body(x).detach()  # here
        return self.head(h)
{REST}"""
    VALID = f"""{MODEL}
    def forward(self, x):
        return self.head(self.body(x))
{REST}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Of parameters that a checkpoint cut off, or a compiled graph, other rules tell."""
        if seen.failure is not None:
            return
        for each in _trainable(seen):
            if each.only(Grad.NONE) and not is_told_elsewhere(seen, each):
                yield self.finding(each.name, each.site or each.made, reason=each.reason)


def is_told_elsewhere(seen: Seen, parameter: SeenParameter) -> bool:
    """Whether a checkpoint or a compiled graph is to blame that no gradient came."""
    return parameter.name in seen.graph_ignores or _is_behind_checkpoint(seen, parameter)


def _is_behind_checkpoint(seen: Seen, parameter: SeenParameter) -> bool:
    cut = parameter.reason is not None and parameter.reason.code == "no-grad"
    return bool(seen.checkpoints) and cut


class ZeroGradient(Rule):
    """The gradient of {name} was exactly 0 in every step.

    It is not cut off: something multiplies it by 0, or is flat at these values. Where the cause
    is a trained tensor that starts at 0, as the second matrix of a LoRA adapter, or parts that
    cancel, as for a shift that softmax takes away, it is only noted.
    """

    name = "zero-gradient"
    remedy = N_("Look at the operation named; declare it in expect-zero if it is meant.")
    INVALID = f"""{MODEL}
    def forward(self, x):
        return self.head(torch.round(self.body(x)))  # here
{REST}"""
    VALID = f"""{MODEL}
    def forward(self, x):
        return self.head(torch.tanh(self.body(x)))
{REST}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Of steps to some of which nothing came as well, others were zero."""
        trained = {name for each in _trainable(seen) for name in each.names}
        for each in _trainable(seen):
            if each.only(Grad.ZERO, Grad.NONE) and Grad.ZERO in each.grads:
                level = NOTE if _is_healthy(each, trained) else WARNING
                yield self.finding(
                    each.name, each.site or each.made, level=level, reason=each.reason
                )


def _is_healthy(parameter: SeenParameter, trained: set[str]) -> bool:
    if parameter.reason is None:
        return False
    starts_at_zero = parameter.reason.facts.get("factor") in trained
    return starts_at_zero or parameter.reason.code == "cancels"


class NonFinite(Rule):
    """The gradient of {name} was not a finite number.

    NaN or infinity: one update with it spoils the parameter for good. Named is the operation
    that made it, in its value or in its derivative.
    """

    name = "non-finite"
    level = ERROR
    remedy = N_("Keep the input of the operation where its value and its slope are finite.")
    INVALID = f"""{MODEL}
    def forward(self, x):
        h = self.body(x)
        return self.head(torch.where(h > 0, torch.sqrt(h), 0 * h))  # here
{REST}"""
    VALID = f"""{MODEL}
    def forward(self, x):
        h = self.body(x).clamp(min=1e-6)
        return self.head(torch.sqrt(h))
{REST}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each parameter once."""
        for each in _trainable(seen):
            if Grad.BROKEN in each.grads:
                yield self.finding(each.name, each.site or each.made, reason=each.reason)


class NothingTrainable(Rule):
    """Not one parameter of the model requires a gradient: there is nothing to train.

    As after freezing a whole model, or loading an adapter for inference. backward() refuses
    with "element 0 of tensors does not require grad".
    """

    name = "nothing-trainable"
    level = ERROR
    remedy = N_("Switch requires_grad on for what is to be trained, after everything is loaded.")
    INVALID = f"""{MODEL}
    def forward(self, x):
        return self.head(self.body(x))
{
        REST.replace("model = Net()", "model = Net().requires_grad_(False)").replace(
            "def make():", "def make():  # here"
        )
    }"""
    VALID = f"""{MODEL}
    def forward(self, x):
        return self.head(self.body(x))
{REST.replace("model = Net()", "model = Net(); model.body.requires_grad_(False)")}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """A model without parameters is none of this."""
        if seen.parameters and not any(_trainable(seen)):
            yield self.finding("", seen.made)


class BackwardError(Rule):
    """backward() refuses in step {step}: {message}.

    Among the causes: a value that an operation kept for its derivative was overwritten in
    place, the graph was gone through before, or nothing in it requires a gradient. Of a value
    that was overwritten both places are named.
    """

    name = "backward-error"
    level = ERROR
    remedy = N_("Use the operation that is not in place there, or work on a copy.")
    INVALID = f"""{MODEL}
    def forward(self, x):
        h = torch.sigmoid(self.body(x))
        h += 1  # here
        return self.head(h)
{REST}"""
    VALID = f"""{MODEL}
    def forward(self, x):
        h = torch.sigmoid(self.body(x))
        h = h + 1
        return self.head(h)
{REST}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Unless there is nothing to train, of which another rule tells."""
        if seen.failure is None or not any(_trainable(seen)):
            return
        site = seen.failure_sites[-1] if seen.failure_sites else seen.made
        others = seen.failure_sites[:-1]
        facts = {"step": seen.failure.step, "message": seen.failure.facts.get("message", "")}
        if others:
            facts["kept_at"] = str(others[0])
        yield self.finding("", site, **facts)


class Checkpoint(Rule):
    """No gradient reached {name}, under a re-entrant checkpoint whose inputs require none.

    torch.utils.checkpoint with use_reentrant=True looks at the inputs alone: where none of
    them requires a gradient, as behind frozen embeddings, nothing inside gets one.
    """

    name = "checkpoint"
    level = ERROR
    remedy = N_(
        "Call checkpoint with use_reentrant=False (gradient_checkpointing_kwargs in "
        "transformers), or let the input require a gradient."
    )
    INVALID = f"""{MODEL}
    def forward(self, x):
        checkpoint = torch.utils.checkpoint.checkpoint
        h = checkpoint(self.body, x, use_reentrant=True)  # here
        return self.head(h)
{REST.replace("import torch", "import torch.utils.checkpoint")}"""
    VALID = f"""{MODEL}
    def forward(self, x):
        checkpoint = torch.utils.checkpoint.checkpoint
        h = checkpoint(self.body, x, use_reentrant=False)
        return self.head(h)
{REST}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each parameter behind one."""
        for each in _trainable(seen):
            if each.only(Grad.NONE) and _is_behind_checkpoint(seen, each):
                yield self.finding(each.name, seen.checkpoints[0], reason=each.reason)


_COMPILED = """
def make():
    torch._dynamo.reset()
    model = Net()
    unguarded = {{"guard_filter_fn": torch.compiler.skip_guard_on_all_nn_modules_unsafe}}
    run = torch.compile(model, backend="aot_eager", options=unguarded)
    loss = lambda model, batch: run(batch).square().mean()
    batches = [torch.randn(8, 4) for _ in range(3)]
    {}
    loss(model, batches[0])
    {}
    return {{"model": model, "batches": batches, "loss": loss,
            "optimizer": torch.optim.SGD(model.parameters(), lr=0.1)}}
"""


class Compiled(Rule):
    """No gradient reached {name} through the compiled model, though one does without compiling.

    The compiled graph was made when other parameters required a gradient, and ignores that the
    flag was flipped since.
    """

    name = "compiled"
    level = ERROR
    remedy = N_("Flip requires_grad before torch.compile, or call torch.compiler.reset() after.")
    INVALID = f"""{MODEL.replace("nn.Linear(4, 4)", "nn.Linear(4, 4)  # here")}
    def forward(self, x):
        return self.head(self.body(x))
{_COMPILED.format("model.body.requires_grad_(False)", "model.body.requires_grad_(True)")}"""
    VALID = f"""{MODEL}
    def forward(self, x):
        return self.head(self.body(x))
{_COMPILED.format("model.body.requires_grad_(True)", "model.body.requires_grad_(True)")}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each such parameter."""
        for each in _trainable(seen):
            if each.name in seen.graph_ignores:
                yield self.finding(each.name, each.made)
