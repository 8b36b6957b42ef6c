"""The words that the window uses of PyTorch, each explained in a few lines, and where they stand.

No Qt: `explorer.ui.help` shows the glossary, and makes links of the words in the Why panel.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import ascii_letters, digits
from types import MappingProxyType

from explorer.i18n import N_, Language


@dataclass(frozen=True)
class Term:
    """`spellings` are the words in a text that lead here, separated by `; `, as translated."""

    name: str
    spellings: str
    text: str


@dataclass(frozen=True)
class Occurrence:
    """Where a term stands in a text: from `start` to before `end`."""

    key: str
    start: int
    end: int


GLOSSARY: Mapping[str, Term] = MappingProxyType(
    {
        "leaf": Term(
            N_("leaf"),
            N_("leaf; leaves; leaf tensor"),
            N_(
                "A tensor that no recorded operation made: a parameter, the data, what detach() "
                "gives. backward() puts a .grad on leaves only, and of these only on the ones "
                "that require a gradient. tensor.is_leaf tells."
            ),
        ),
        "intermediate": Term(
            N_("intermediate"),
            N_("intermediate; intermediates; is computed"),
            N_(
                "A tensor that operations computed from others. The gradient goes through it, but "
                "PyTorch does not keep it: .grad stays None unless retain_grad() was called. "
                "This window shows it all the same."
            ),
        ),
        "parameter": Term(
            N_("parameter"),
            N_("parameter; parameters"),
            N_(
                "A leaf that is there to be trained: the optimizer holds it and changes it at "
                "every step. In a module it is an nn.Parameter, and requires a gradient unless it "
                "is frozen."
            ),
        ),
        "input": Term(
            N_("data"),
            N_("input data; a column of the data"),
            N_(
                "What the model is shown. The data are leaves too, but require no gradient: they "
                "are given, and not trained. Switch requires_grad on to see how the objective "
                "depends on them."
            ),
        ),
        "buffer": Term(
            N_("buffer"),
            N_("buffer; buffers"),
            N_(
                "A tensor of a module's state that is not trained, such as the running mean of a "
                "normalization. state_dict() has it, parameters() has not, so that no optimizer "
                "holds it."
            ),
        ),
        "requires-grad": Term(
            N_("requires_grad"),
            N_("requires_grad; requires a gradient; require a gradient"),
            N_(
                "The switch of a leaf that says whether backward() is to compute its gradient. "
                "A result requires one as soon as one of its inputs does. "
                "tensor.requires_grad_(False) switches it off."
            ),
        ),
        "frozen": Term(
            N_("frozen"),
            N_("frozen; freeze; unfreeze"),
            N_(
                "Of a parameter: its requires_grad is off. It gets no new gradient, and once its "
                ".grad is None the optimizer passes over it. What lies before it in the model can "
                "be trained all the same: the gradient goes on through the operation."
            ),
        ),
        "gradient": Term(
            N_("gradient"),
            N_("gradient; gradients"),
            N_(
                "How the objective changes when the tensor changes: one derivative for each "
                "element, in the tensor's own shape. Against it the objective falls fastest, and "
                "that way the optimizer goes."
            ),
        ),
        "grad": Term(
            N_(".grad"),
            N_(".grad"),
            N_(
                "Where PyTorch keeps the gradient of a leaf. backward() adds to what is there and "
                "does not replace it; zero_grad() clears it. Before the first backward() it is "
                "None."
            ),
        ),
        "none": Term(
            N_("None as a gradient"),
            N_("no gradient; None"),
            N_(
                "No gradient at all: nothing has reached the tensor, since it is frozen, cut off "
                "or not used, or no backward() was called yet. None is not 0: the optimizer "
                "passes over None, whereas 0 still takes part in momentum and weight decay."
            ),
        ),
        "zero": Term(
            N_("0 as a gradient"),
            N_("is 0"),
            N_(
                "A gradient came, and it is zero: a slope is zero at these values, a factor is "
                "zero, or parts cancel. Nothing is cut off. Momentum and weight decay can still "
                "move the parameter."
            ),
        ),
        "stale": Term(
            N_("stale gradient"),
            N_("left over; stale; old gradient"),
            N_(
                "A .grad that an earlier step left and no later one has touched, since the tensor "
                "was frozen or cut off meanwhile. Until zero_grad() clears it the optimizer may "
                "apply it again."
            ),
        ),
        "accumulated": Term(
            N_("accumulated gradient"),
            N_("sum of its gradients; accumulated; accumulates"),
            N_(
                "The sum over several calls of backward(), since .grad is added to and not "
                "replaced. Meant, it makes one large batch of several small ones; without "
                "zero_grad() it happens unmeant, and the updates grow from step to step."
            ),
        ),
        "forward": Term(
            N_("forward pass"),
            N_("forward pass; forward"),
            N_(
                "The computation from parameters and data to the objective. While it runs, "
                "autograd records each operation with an input that requires a gradient, for the "
                "way back."
            ),
        ),
        "backward": Term(
            N_("backward()"),
            N_("backward(); backward pass; backward"),
            N_(
                "objective.backward() goes through the recorded operations from the last to the "
                "first and computes the gradients by the chain rule. Each leaf that requires one "
                "finds it in its .grad."
            ),
        ),
        "chain-rule": Term(
            N_("chain rule"),
            N_("chain rule"),
            N_(
                "The derivative of a chain of functions is the product of the derivatives of its "
                "links; where several ways lead to the objective their products are added up. "
                "This is all that backward() does."
            ),
        ),
        "upstream": Term(
            N_("upstream gradient"),
            N_("upstream gradient; upstream"),
            N_(
                "What reaches an operation in the backward pass: the gradient of its result. "
                "Multiplied by the local derivative it becomes the gradient of the operation's "
                "input."
            ),
        ),
        "local-derivative": Term(
            N_("local derivative"),
            N_("local derivative; slope; derivative"),
            N_(
                "How the result of one operation changes with one of its inputs, at the present "
                "values: for x ** 2 it is 2 * x. It knows nothing of the rest of the model."
            ),
        ),
        "contribution": Term(
            N_("contribution"),
            N_("contribution; contributions; the parts"),
            N_(
                "What one use of a tensor adds to its gradient: upstream gradient times local "
                "derivative. A tensor that is used several times gets the sum of the "
                "contributions."
            ),
        ),
        "objective": Term(
            N_("objective"),
            N_("objective"),
            N_(
                "The one number at which backward() begins, usually the loss. All gradients are "
                "derivatives of it; its gradient by itself is 1."
            ),
        ),
        "loss": Term(
            N_("loss"),
            N_("loss"),
            N_(
                "A number that says how far the model is from the data, such as the mean of the "
                "squared errors. Training makes it small."
            ),
        ),
        "graph": Term(
            N_("graph"),
            N_("graph"),
            N_(
                "The operations of one forward pass and the tensors between them. PyTorch records "
                "it anew in every step and lets go of it with backward(); the tab Graph shows it, "
                "with the gradient that flows back."
            ),
        ),
        "trace": Term(
            N_("trace"),
            N_("trace"),
            N_(
                "This program's record of one step: each operation, its inputs, its values and "
                "gradients, and where something is cut. It is made on a copy, so that the run is "
                "not disturbed."
            ),
        ),
        "grad-fn": Term(
            N_("grad_fn"),
            N_("grad_fn"),
            N_(
                "A result's link to the operation that made it, by which backward() finds its way. "
                "A leaf has none, and a result without one leads nowhere: it is a constant."
            ),
        ),
        "cut": Term(
            N_("cut"),
            N_("cuts it off; cut off; the cut; cuts"),
            N_(
                "A place where numbers go on and the gradient does not come back: detach(), "
                "no_grad(), .data, item() or an operation without a derivative. What lies only "
                "behind cuts gets None."
            ),
        ),
        "detach": Term(
            N_("detach()"),
            N_("detach(); detach"),
            N_(
                "tensor.detach() gives the same numbers without their history: to autograd it is "
                "a constant. The tensor itself stays as it was; only what is computed from the "
                "detached one sends nothing back. It shares the memory."
            ),
        ),
        "no-grad": Term(
            N_("no_grad()"),
            N_("torch.no_grad(); no_grad(); no_grad"),
            N_(
                "In a block under torch.no_grad() nothing is recorded, and results require no "
                "gradient. For measuring and for updates by hand; inside a model it is a cut."
            ),
        ),
        "data": Term(
            N_(".data"),
            N_(".data"),
            N_(
                "The same numbers behind autograd's back. Nothing is recorded, and a change in "
                "place is not noticed either, so that gradients can become wrong without an "
                "error. Use detach() or no_grad() instead."
            ),
        ),
        "item": Term(
            N_("item()"),
            N_("item(); .item(); plain numbers"),
            N_(
                "Takes the number out of a tensor with one element, as a plain Python float. "
                "A tensor made from it knows nothing of where it came from: a cut."
            ),
        ),
        "in-place": Term(
            N_("change in place"),
            N_("in place; in-place"),
            N_(
                "Writes over a tensor's own memory: x.add_(1), x[0] = 2. Where backward() needs "
                "the old value it raises an error; of a leaf that requires a gradient a change "
                "in place is refused, except under no_grad()."
            ),
        ),
        "retain-grad": Term(
            N_("retain_grad()"),
            N_("retain_grad(); retain_grad"),
            N_(
                "Called on an intermediate tensor before backward(), it has PyTorch keep the "
                "gradient of that tensor in its .grad, too."
            ),
        ),
        "hook": Term(
            N_("hook"),
            N_("hook; hooks"),
            N_(
                "A function that is called in the midst of a pass. tensor.register_hook gets the "
                "gradient and may return another in its place, so that a gradient may differ "
                "from what the formula says."
            ),
        ),
        "norm": Term(
            N_("norm"),
            N_("norm; norms"),
            N_(
                "The length of a tensor taken as one vector: the root of the sum of the squares "
                "of its elements. One number for how large a value or a gradient is, whatever "
                "its shape."
            ),
        ),
        "non-finite": Term(
            N_("not finite"),
            N_("not a finite number; finite number; NaN; not finite"),
            N_(
                "Infinity or NaN (not a number), as 1/0, log(0) or too large a step give. One is "
                "enough: everything that is computed with it is not finite either, and an update "
                "puts it into the parameters."
            ),
        ),
        "broadcasting": Term(
            N_("broadcasting"),
            N_("broadcasting; broadcast; share one value"),
            N_(
                "Tensors of different shapes in one operation: the smaller is used again along "
                "the larger, as b in a*x + b for each row. In the backward pass the parts of all "
                "its uses are added up."
            ),
        ),
        "optimizer": Term(
            N_("optimizer"),
            N_("optimizer"),
            N_(
                "Holds the parameters and changes them by their gradients: SGD, Adam and others "
                "from torch.optim. A parameter that it was not given never moves, whatever its "
                "gradient."
            ),
        ),
        "optimizer-step": Term(
            N_("optimizer.step()"),
            N_("optimizer.step(); update; updates"),
            N_(
                "One update of all parameters that the optimizer holds and whose .grad is not "
                "None. Plain SGD subtracts learning rate times gradient; others add momentum, "
                "moments or weight decay."
            ),
        ),
        "zero-grad": Term(
            N_("zero_grad()"),
            N_("zero_grad(); zero_grad"),
            N_(
                "Clears .grad before the next backward(), which would add to it otherwise. It "
                "sets it to None; with set_to_none=False to 0, which the optimizer then takes for "
                "a gradient."
            ),
        ),
        "learning-rate": Term(
            N_("learning rate"),
            N_("learning rate"),
            N_(
                "How far a step goes: with plain SGD, what the gradient is multiplied by. Too "
                "small, and nothing happens; too large, and the loss grows until it is not "
                "finite."
            ),
        ),
        "momentum": Term(
            N_("momentum"),
            N_("momentum"),
            N_(
                "SGD's memory: a velocity that keeps part of the earlier gradients. It goes on "
                "for a while when the gradient becomes 0; when it is None, the parameter is "
                "passed over and stands still."
            ),
        ),
        "moments": Term(
            N_("moments"),
            N_("the moments; moments"),
            N_(
                "Running averages of the gradient and of its square, which Adam and its like keep "
                "for each element. They go on moving a parameter whose gradient is 0, but not one "
                "whose gradient is None."
            ),
        ),
        "weight-decay": Term(
            N_("weight decay"),
            N_("weight decay"),
            N_(
                "Draws each parameter a little towards 0 at every update, also where its gradient "
                "is 0. Where .grad is None the update passes the parameter over, and nothing "
                "decays."
            ),
        ),
    }
)


# Of a name in a program: `loss` is no word in `x.loss`, nor in `loss_2`.
_OF_NAMES = frozenset(f"{ascii_letters}{digits}_")


def occurrences(text: str, language: Language, leave_out: str = "") -> tuple[Occurrence, ...]:
    """Where each term stands for the first time, in order; the term `leave_out` is none."""
    # Looked for one by one: to compile an expression of them all would delay the window.
    places = [
        Occurrence(key, start, start + len(spelling))
        for spelling, key in _spellings(language)
        for start in _places(text, spelling)
    ]
    found: dict[str, Occurrence] = {}
    end = 0
    # Of two that begin together the longer.
    for each in sorted(places, key=lambda place: (place.start, -place.end)):
        if each.start >= end:
            end = each.end
            found.setdefault(each.key, each)
    found.pop(leave_out, None)
    return tuple(found.values())


@lru_cache(maxsize=4)
def _spellings(language: Language) -> tuple[tuple[str, str], ...]:
    """Every spelling, also as at the beginning of a sentence, with the term it stands for."""
    found: dict[str, str] = {}
    for key, term in GLOSSARY.items():
        for spelling in language.text(term.spellings).split("; "):
            found[spelling] = key
            found.setdefault(spelling[0].upper() + spelling[1:], key)
    return tuple(found.items())


def _places(text: str, spelling: str) -> Iterator[int]:
    """Where it begins, alone and not as a part of a name."""
    start = text.find(spelling)
    while start >= 0:
        if _stands_alone(text, start, start + len(spelling)):
            yield start
        start = text.find(spelling, start + 1)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Chinese has no spaces between words, so that only Latin letters count as neighbours."""
    first, before, after = text[start], text[start - 1 : start], text[end : end + 1]
    is_inside = first in _OF_NAMES and (before in _OF_NAMES or before == ".")
    return not (is_inside or (text[end - 1].isascii() and after in _OF_NAMES))
