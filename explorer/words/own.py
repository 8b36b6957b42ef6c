"""What is refused of people's own models, and what is told of them, in a sentence each.

Part of the table of `explorer.words.errors`; raised in `explorer.own`.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from explorer.explain.callsite import CallSite
from explorer.explain.reason import Reason
from explorer.explain.step_records import Trained
from explorer.i18n import N_, Language
from explorer.words.numbers import Form, number_text
from explorer.words.reasons import reason_sentences
from explorer.words.tables import Table, brief

# What an entry of a factory's mapping has to be.
WANTED: Mapping[str, str] = MappingProxyType(
    {
        "module": N_("a torch.nn.Module"),
        "iterable": N_("something that can be gone through, such as a list or a DataLoader"),
        "function": N_("a function loss(model, batch)"),
        "optimizer": N_("a torch.optim.Optimizer, or a list of them"),
    }
)

# What an entry of the configuration has to be.
CONFIGURED: Mapping[str, str] = MappingProxyType(
    {
        "texts": N_("a list of texts"),
        "steps": N_("a whole number above 0"),
        "text": N_("a text"),
    }
)

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "audit-key": N_("[tool.gradient-explorer.audit] has no key “{name}”: correct it."),
        "audit-value": N_("This must be {wanted}, but is {given}: correct it."),
        "loss-not-a-scalar": N_(
            "The loss must be a tensor of one element, but is {got}: give a function "
            "loss(model, batch) that ends with .mean() or .sum()."
        ),
        "loss-not-a-number": N_(
            "The loss is no real number (it has {got}), so nothing can descend it: return one from "
            "loss(model, batch), for example with .abs(), and make the model on a device that "
            "computes."
        ),
        "no-batches": N_(
            "There is no batch: batches gave none, or was used up before. Give a list, a "
            "DataLoader, or anything else that can be gone through again."
        ),
        "no-such-format": N_("There is no format “{name}”: use one of {known}."),
        "no-such-level": N_("There is no level “{name}”: use one of {known}."),
        "no-such-rule": N_("There is no rule “{name}”: gradient-explorer rule lists them."),
        "not-a-baseline": N_(
            "This is no baseline: write a new one with --write-baseline, or name another file."
        ),
        "no-such-factory": N_("“{name}” is not defined here: correct the name after the colon."),
        "no-such-module": N_(
            "There is no module “{name}”: correct the name, start in the folder it is in, or "
            "install it into this program's environment."
        ),
        "not-a-factory": N_(
            "“{name}” is of type {got}, and cannot be called: name a function without arguments "
            "that returns the model, or a mapping with model, batches, loss and optimizer."
        ),
        "clipping-of-model": N_(
            "Gradients of your own model are clipped by your own code: take this out."
        ),
        "given-up": N_("Your code was interrupted before the model was there: press Reset."),
        "no-such-group": N_("The optimizers have no group “{name}”. There are: {known}."),
        "no-such-option": N_(
            "No group of the model's optimizers has the option “{name}”: correct it, or let the "
            "factory return an optimizer that has it."
        ),
        "not-in-the-bundle": N_(
            "“{name}” is not in this program, which has its own packages and no others. Install "
            "both into a Python of your own (pip install gradient-explorer {name}), and name that "
            "Python: gradient-explorer --python FILE …"
        ),
        "python-without-explorer": N_(
            "This Python cannot run Gradient Explorer. Install it there: "
            "{name} -m pip install gradient-explorer"
        ),
        "switch-refused": N_("“{name}” cannot be switched. PyTorch says: “{message}”."),
        "value-of-model": N_(
            "The numbers of “{name}” come from your own code: set them there, and reload."
        ),
        "detach-of-parameter": N_(
            "“{name}” is a parameter: requires_grad is its switch, and detach that of a module."
        ),
        "no-such-part": N_("The model has no parameter and no module “{name}”: correct the name."),
        "not-a-switch": N_(
            "“{given}” is no switch: write NAME.requires_grad=false or NAME.detach=true."
        ),
        "not-a-reference": N_("“{name}” names nothing: write PATH.py:NAME or package.module:NAME."),
        "not-a-setup": N_(
            "The factory returned an object of type {got}: let it return a torch.nn.Module, or a "
            "mapping with model, batches, loss and optimizer."
        ),
        "not-a-shape": N_(
            "“{given}” is no shape of an input: write whole numbers with commas, such as "
            "--input 4,3,32,32."
        ),
        "setup-key": N_(
            "The factory's mapping has the key “{name}”, which means nothing here. It may have: "
            "{known}."
        ),
        "setup-value": N_(
            "In the factory's mapping, {name} must be {wanted}, but is of type {got}: correct it."
        ),
        "setup-without-batches": N_(
            "There is a model but no batch for it: add --input 4,3,32,32 (the shape of an "
            "input), or --batch package.module:NAME, or return a mapping with model and batches."
        ),
        "their-code-is-not-python": N_("This cannot be read as Python: {message}. Correct it."),
        "their-code-raised": N_(
            "Your code raised {kind}: {message}\n{frames}\nCorrect it there, or try it in Python."
        ),
    }
)


def sentences(
    reasons: Mapping[str, Reason | None], sites: Mapping[str, CallSite], language: Language
) -> dict[str, str]:
    """The reasons of all tensors that have one, each with the line where that is so."""
    why = reason_sentences(reasons, language)
    return {
        name: f"{text} ({sites[name]})" if name in sites else text for name, text in why.items()
    }


def trained_table(parameters: Iterable[Trained], language: Language) -> Table:
    """How every parameter ended."""
    _ = language.text
    answers = {True: _("yes"), False: _("no")}
    rows = tuple(
        (
            each.name,
            " × ".join(map(str, each.shape)) or "–",
            number_text(each.norm, Form.TABLE),
            number_text(each.moved, Form.TABLE),
            brief(each.grad_norm),
            answers[each.requires_grad],
        )
        for each in parameters
    )
    headings = (
        _("tensor"),
        _("shape"),
        _("norm"),
        _("moved by"),
        _("norm of the gradient"),
        "requires_grad",
    )
    return Table(headings, rows, frozenset({2, 3, 4}))
