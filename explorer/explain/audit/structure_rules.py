"""Rules about how a model is put together: buffers, names, flags, and what is declared of it."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from explorer.explain.audit.gradient_rules import MODEL, REST
from explorer.explain.audit.optimizer_rules import HEALTHY
from explorer.explain.audit.records import Finding, Grad, Intent, Seen, SeenParameter
from explorer.explain.audit.rule import NOTE, WARNING, Rule
from explorer.i18n import N_


class BufferDrift(Rule):
    """The statistics {name} change in every forward pass, though all parameters of its module
    are frozen.

    requires_grad_(False) does not stop them: a normalization in training mode goes on averaging
    what it sees, and the frozen part no longer computes what it did.
    """

    name = "buffer-drift"
    remedy = N_("Put the frozen module into evaluation mode with eval(), after every train().")
    INVALID = HEALTHY.replace(
        "self.body = nn.Linear(4, 4)",
        "self.body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))  # here",
    ).replace("model = Net()", "model = Net(); model.body.requires_grad_(False)")
    VALID = HEALTHY.replace(
        "self.body = nn.Linear(4, 4)",
        "self.body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))",
    ).replace("model = Net()", "model = Net(); model.body.requires_grad_(False).eval()")

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Only statistics: a counter or a cache is meant to change."""
        for each in seen.buffers:
            if each.frozen and each.training:
                level = WARNING if each.statistics else NOTE
                yield self.finding(each.name, each.made, level=level)


class Unregistered(Rule):
    """{name} is in a plain {container}, where the model does not know of it: {count} parameters
    are missing from parameters() and from state_dict().

    Nothing gives them to an optimizer, moves them to a device or saves them.
    """

    name = "unregistered"
    remedy = N_("Use nn.ModuleList, nn.ModuleDict or nn.ParameterList instead.")
    INVALID = f"""{MODEL}
        self.more = [nn.Linear(4, 4), nn.Linear(4, 4)]  # here

    def forward(self, x):
        for each in self.more:
            x = each(x)
        return self.head(self.body(x))
{REST}"""
    VALID = INVALID.replace(
        "[nn.Linear(4, 4), nn.Linear(4, 4)]  # here", "nn.ModuleList([nn.Linear(4, 4)])"
    )

    def check(self, seen: Seen) -> Iterator[Finding]:
        """What is frozen may be hidden on purpose."""
        for each in seen.hidden:
            if each.parameters:
                yield self.finding(
                    each.name, each.made, container=each.container, count=each.parameters
                )


class Tied(Rule):
    """{name} and {other} are one tensor, and the parts that they belong to contradict each
    other: beside it one is frozen and the other in training.

    One tensor has one requires_grad. Freezing the one part froze the other's, or training the
    other undid the freeze.
    """

    name = "tied"
    remedy = N_("Decide for both: freeze or train the tensor itself last, or untie the two.")
    INVALID = f"""{MODEL}
        self.head = nn.Linear(4, 4)
        self.head.weight = self.body.weight  # here

    def forward(self, x):
        return self.head(self.body(x))
{REST.replace("model = Net()", "model = Net(); model.body.requires_grad_(False)")}"""
    VALID = INVALID.replace("model.body.requires_grad_(False)", "model.requires_grad_(True)")

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each pair of names of a tensor, the first that contradict each other."""
        flags = [(name, each) for each in seen.parameters for name in each.names]
        for each in seen.parameters:
            first, *others = each.names
            if not others:
                continue
            parts = {name: _beside(name, each.names, flags) for name in each.names}
            for other in others:
                if parts[first] | parts[other] == {True, False} and min(
                    len(parts[first]), len(parts[other])
                ):
                    yield self.finding(first, each.made, other=other)
                    break


def _beside(
    name: str, names: Sequence[str], flags: Sequence[tuple[str, SeenParameter]]
) -> frozenset[bool]:
    """The flags of the other parameters in the largest part that has this name alone."""
    parts = name.split(".")
    for depth in range(1, len(parts)):
        prefix = ".".join(parts[:depth]) + "."
        if sum(each.startswith(prefix) for each in names) == 1:
            return frozenset(
                each.requires_grad
                for other, each in flags
                if other.startswith(prefix) and name not in each.names
            )
    return frozenset()


class FlagFlipped(Rule):
    """{flag} of {name} is {now} after the {during}, and was not before.

    A forward pass or a step that flips a switch undoes what was set before it: a freeze, or
    evaluation mode.
    """

    name = "flag-flipped"
    remedy = N_("Set the flag once, before training, or put it back where it was.")
    INVALID = f"""{MODEL}
    def forward(self, x):
        self.body.requires_grad_(True)  # here
        return self.head(self.body(x))
{REST.replace("model = Net()", "model = Net(); model.body.requires_grad_(False)")}"""
    VALID = f"""{MODEL}
    def forward(self, x):
        return self.head(self.body(x))
{REST.replace("model = Net()", "model = Net(); model.body.requires_grad_(False)")}"""

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each flag once."""
        for each in seen.flips:
            yield self.finding(
                each.name, each.site, flag=each.flag, now=str(each.now), during=each.during
            )


class IntentRule(Rule):
    """{name} is declared in {declared}, and it is not so: {found}.

    The configuration says what is meant ([tool.gradient-explorer.audit] in pyproject.toml), and
    this rule holds the model to it. A pattern that fits no parameter is a finding too.
    """

    name = "intent"
    remedy = N_("Correct the model or the declaration.")
    INVALID = f"""# pyproject.toml: expect-frozen = ["body"]
{HEALTHY.replace("self.body = nn.Linear(4, 4)", "self.body = nn.Linear(4, 4)  # here")}"""
    VALID = f"""# pyproject.toml: expect-frozen = ["body"]
{HEALTHY.replace("model = Net()", "model = Net(); model.body.requires_grad_(False)")}"""
    DECLARED = Intent(frozen=("body",))

    def check(self, seen: Seen) -> Iterator[Finding]:
        """Each pattern, with each parameter that contradicts it."""
        for declared, patterns in _declared(seen):
            for pattern in patterns:
                fitting = [each for each in seen.parameters if fits(each, (pattern,))]
                if not fitting:
                    yield self.finding(pattern, seen.made, declared=declared, found="no-such-name")
                for each in fitting:
                    found = _contradiction(declared, each)
                    if found:
                        yield self.finding(
                            each.name, each.site or each.made, declared=declared, found=found
                        )


def fits(parameter: SeenParameter, patterns: Sequence[str]) -> bool:
    """Whether one of its names is meant; `backbone` means all that is in it."""
    return any(
        fnmatchcase(name, pattern) or name.startswith(f"{pattern}.")
        for name in parameter.names
        for pattern in patterns
    )


def _declared(seen: Seen) -> Iterator[tuple[str, tuple[str, ...]]]:
    intent = seen.intent
    yield "expect-frozen", intent.frozen
    yield "expect-trainable", intent.trainable
    yield "expect-zero", intent.zero
    yield "expect-unused", intent.unused


def _contradiction(declared: str, parameter: SeenParameter) -> str:
    """What is found instead, as a code; empty if it is as declared."""
    if declared == "expect-frozen":
        return "trainable" if parameter.requires_grad else ""
    if declared == "expect-trainable":
        return "" if parameter.requires_grad else "frozen"
    came = Grad.FLOWS in parameter.grads
    return "gradient" if came else ""
