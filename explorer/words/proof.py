"""A proof in words: rows for a panel, and the chain rule in one line.

`explorer.engine.proof` has the numbers; the command line and the window show `proof_rows`, the
export writes `chain_text`. Labels and sentences are translated, the mathematics is not.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import product
from types import MappingProxyType

from explorer.explain.figures import Nested, Summary
from explorer.explain.proof_records import Chain, Proof, Texts, flat
from explorer.explain.reason import Reason
from explorer.i18n import N_, Language
from explorer.words.numbers import Form, number_text

MINUS = "−"
SHOWN_ELEMENTS = 8
# Of a number in double precision.
MOST_DIGITS = 15
# Fewer are no agreement: a central difference has more, and so has float32.
LEAST_DIGITS = 2
_IN_BRACKETS = re.compile(r"(?<!\w)\[([A-Za-z_]\w*)\]")
# As far as two ways of computing the same number may be apart in zero.
_ZERO = 1e-9

OMISSIONS: Mapping[str, str] = MappingProxyType(
    {
        "too-large/elements": N_(
            "Left out: only tensors of up to {limit} numbers are worked out in this way."
        ),
        "too-large/operations": N_(
            "Left out: only formulas of up to {limit} operations are worked out in this way."
        ),
        "too-large/expression": N_(
            "The expression is left out because it would be too long to read."
        ),
        "in-place": N_(
            "Left out, because the formula changes a tensor in place: one name then stands for "
            "several values."
        ),
        "no-form": N_("The expression is left out: {operation} has none in this program."),
        "kink": N_(
            "The expression is left out because these values lie just on a kink or jump of "
            "{operation} (at {at}), where there is no derivative: PyTorch chooses a value, and "
            "the central difference mixes both sides. Change the values a little."
        ),
        "refused": N_(
            "Left out, because in float64 and a little to the side PyTorch says: “{message}”."
        ),
        "not-finite": N_(
            "Left out, because the objective or the derivative is not a finite number here."
        ),
    }
)


def proof_rows(proof: Proof, language: Language) -> tuple[tuple[str, str], ...]:
    """Label and text of every row: the values found in each way, the chain rule, the notes."""
    _ = language.text
    rows = [(_("autograd"), _figure(proof.autograd))]
    if proof.difference is not None:
        rows.append((_("central difference"), _figure(proof.difference)))
    if proof.symbolic is not None and proof.symbolic_value is not None:
        rows.append((_("symbolic derivative"), _symbolic(proof)))
    if proof.chain is not None:
        rows.append((_("chain rule"), chain_text(proof.chain)))
    agreement = _agreement(proof, language)
    if agreement:
        rows.append((_("agreement"), agreement))
    rows.extend((_("note"), note) for note in proof_notes(proof, language))
    return tuple(rows)


def proof_notes(proof: Proof, language: Language) -> tuple[str, ...]:
    """Sentences: why autograd says None, where the expression holds, why something is missing."""
    notes = (_on_none, _on_brackets, _on_sides, _on_omission)
    return tuple(each for note in notes if (each := note(proof, language)))


def chain_text(chain: Chain) -> str:
    """`2z·1 + 3y² = 10 + 27 = 37`; numbers alone where the terms have no texts."""
    texts = [term.text for term in chain.terms if term.text is not None]
    numbers = [number(term.value) for term in chain.terms]
    sums = [_added(texts), _added(numbers), number(chain.total)]
    return " = ".join(dict.fromkeys(each for each in sums if each))


def number(value: float) -> str:
    """As in an equation, with a minus sign: `37`, `−0.33333`, `123456`."""
    text = number_text(value, Form.EQUATION)
    return text.replace("-", MINUS, 1) if value < 0 else text


def _added(terms: Sequence[str]) -> str:
    """Terms with plus and minus between them."""
    signed = (f" {MINUS} {each[1:]}" if each.startswith(MINUS) else f" + {each}" for each in terms)
    joined = "".join(signed)
    return joined.removeprefix(" + ").replace(f" {MINUS} ", MINUS, joined.startswith(f" {MINUS}"))


def _figure(value: Nested | Summary | None) -> str:
    """`None`, a number, or nested numbers cut short."""
    if value is None:
        return "None"
    if isinstance(value, Summary):
        return f"[{number(value.low)} … {number(value.high)}]"
    if not isinstance(value, list):
        return number(value)
    shown = [_figure(each) for each in value[:SHOWN_ELEMENTS]]
    return f"[{', '.join([*shown, '…'] if len(value) > SHOWN_ELEMENTS else shown)}]"


def _symbolic(proof: Proof) -> str:
    """`2*z = 10`; of a tensor with several elements a line for each."""
    pairs = zip(flat(proof.symbolic), flat(proof.symbolic_value), strict=True)
    lines = [_equation(text, value) for text, value in pairs]
    if not isinstance(proof.symbolic, list):
        return lines[0]
    names = (",".join(map(str, at)) for at in product(*map(range, _shape(proof.symbolic))))
    named = [f"[{name}]  {line}" for name, line in zip(names, lines, strict=True)]
    return "\n".join([*named[:SHOWN_ELEMENTS], *(["…"] if len(named) > SHOWN_ELEMENTS else [])])


def _equation(text: object, value: object) -> str:
    assert isinstance(value, float)
    shown = number(value)
    return shown if str(text) == shown.replace(MINUS, "-") else f"{text} = {shown}"


def _shape(nested: Texts) -> tuple[int, ...]:
    return (len(nested), *_shape(nested[0])) if isinstance(nested, list) else ()


def _on_none(proof: Proof, language: Language) -> str:
    """None is not 0; and a frozen tensor has a derivative all the same."""
    if proof.autograd is not None or proof.difference is None:
        return ""
    _ = language.text
    numbers = [each for each in flat(proof.difference) if isinstance(each, float)]
    if all(abs(each) <= _ZERO for each in numbers):
        text = _(
            "autograd says None, not 0: no way on which it computes gradients leads from {name} to "
            "{objective}. With everything detached held fast, {objective} does not move when "
            "{name} does, so the derivative is 0; but PyTorch never computed it."
        )
    elif proof.reason is not None and proof.reason.code == "frozen":
        text = _(
            "{name} is frozen (requires_grad is off): {objective} does depend on it, as the "
            "other values show, but PyTorch computes no gradient for it."
        )
    else:
        text = _(
            "{objective} does depend on {name}, as the other values show, but PyTorch computes "
            "no gradient for it."
        )
    return text.format(name=proof.name, objective=proof.objective)


def agreement_digits(one: object, other: object) -> int | None:
    """To how many digits of the largest number those of two ways agree, the worst pair of them.

    None where there is nothing to compare. MOST_DIGITS where none of them differ.
    """
    pairs = [
        (a, b)
        for a, b in zip(flat(one), flat(other), strict=False)
        if isinstance(a, float) and isinstance(b, float)
    ]
    if not pairs:
        return None
    # Of the largest: a small number among large ones is as exact as these.
    scale = max(_ZERO, *(max(abs(a), abs(b)) for a, b in pairs))
    worst = max(abs(a - b) for a, b in pairs) / scale
    return MOST_DIGITS if worst == 0 else max(0, min(MOST_DIGITS, math.floor(-math.log10(worst))))


def _agreement(proof: Proof, language: Language) -> str:
    """That the ways agree, and how far: autograd's float32 has some seven digits.

    Fewer where a gradient is small beside what it is the difference of, and none of a summary:
    then the same pass in float64 is compared.
    """
    if proof.autograd is None:
        return ""
    _ = language.text
    for found, sentence in (
        (proof.autograd, _("autograd agrees {ways}.")),
        (proof.in_double, _in_double(proof, language)),
    ):
        ways = _ways(found, proof, language)
        if ways:
            return sentence.format(ways=ways)
    compared = agreement_digits(proof.autograd, proof.difference) is not None
    return _("The ways do not agree here: look closely.") if compared else ""


def _in_double(proof: Proof, language: Language) -> str:
    if isinstance(proof.autograd, Summary):
        return language.text("In float64 autograd agrees {ways}.")
    return language.text(
        "In float64 autograd agrees {ways}. In float32, in which the run computes, the gradient "
        "is too small beside the numbers it comes from: the rest of the difference is rounding."
    )


def _ways(found: object, proof: Proof, language: Language) -> str:
    """With which ways this gradient agrees, and to how many digits; empty if not with all."""
    _ = language.text
    ways = (
        (_("with the central difference to {digits} digits"), proof.difference),
        (_("with the symbolic derivative to {digits} digits"), proof.symbolic_value),
    )
    compared = [(text, agreement_digits(found, other)) for text, other in ways]
    known = [(text, digits) for text, digits in compared if digits is not None]
    if not known or min(digits for _text, digits in known) < LEAST_DIGITS:
        return ""
    said = (text.format(digits=number_text(digits, Form.COUNT)) for text, digits in known)
    return _(" and ").join(said)


def _on_brackets(proof: Proof, language: Language) -> str:
    """What a name in brackets stands for."""
    texts = [str(each) for each in flat(proof.symbolic)] if proof.symbolic is not None else []
    texts += [term.text for term in proof.chain.terms if term.text] if proof.chain else []
    names = dict.fromkeys(name for text in texts for name in _IN_BRACKETS.findall(text))
    if not names:
        return ""
    text = language.text("[{name}] is {name} held fast, a constant: detach() cuts it off.")
    return " ".join(text.format(name=name) for name in names)


def _on_sides(proof: Proof, language: Language) -> str:
    _ = language.text
    if proof.conditions is None:
        return _("The expression holds as long as the values stay on the same side of every kink.")
    if not proof.conditions:
        return ""
    return _("The expression holds where {conditions}.").format(
        conditions=", ".join(proof.conditions)
    )


def _on_omission(proof: Proof, language: Language) -> str:
    if proof.omitted is None:
        return ""
    return language.text(OMISSIONS[form(proof.omitted)]).format(**proof.omitted.facts)


def form(omitted: Reason) -> str:
    """The key of OMISSIONS: the code, and of what there is too much."""
    what = omitted.facts.get("what")
    return omitted.code if what is None else f"{omitted.code}/{what}"
