"""What is said of a PyTorch program that is read: why a line is left out, or the whole refused.

`explorer.words.errors` has the refusals among its sentences; the command `import` and the
window's dialog say the rest.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.i18n import N_, Language

# Why a line is not in the experiment, by the code in its report.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "after": N_("comes after the training, or after backward()"),
        "bookkeeping": N_("changes nothing of the numbers"),
        "device": N_("everything runs on the CPU"),
        "import": N_("a library that nothing here needs"),
        "not-called": N_("is never called"),
        "not-needed": N_("nothing of the experiment depends on it"),
        "not-reached": N_("was not looked at"),
        "print": N_("only shows something"),
        "shown": N_("only shows something"),
        "text": N_("does nothing"),
    }
)

OUTCOMES: Mapping[str, str] = MappingProxyType(
    {
        "used": N_("used"),
        "left out": N_("left out"),
        "not understood": N_("not understood"),
    }
)

UNSEEDED = N_(
    "The program sets no seed, so its random numbers differ from run to run. "
    "Here they are those of torch.manual_seed(0)."
)

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "program-autograd-grad": N_(
            "torch.autograd.grad is read where it stands alone, not in a training loop and not "
            "for second derivatives: call .backward() instead."
        ),
        "program-backward-not-scalar": N_(
            "{what} begins at more than one number, and PyTorch refuses that: take .sum() or "
            ".mean() first, or give backward() a gradient."
        ),
        "program-backward-of-numbers": N_(
            "Nothing here requires grad, so {what} would raise an error: create a tensor with "
            "requires_grad=True and compute with it."
        ),
        "program-backward-sometimes": N_(
            "backward() at some steps only cannot be taken over: go backward in every step."
        ),
        "program-batches-differ": N_(
            "The batches of this loop are not those of an experiment, which takes all rows in "
            "every epoch, as many in each step: write for batch in torch.arange(n).split(8), and "
            "x[batch] for all that has rows."
        ),
        "program-break-in-epoch": N_(
            "break ends this epoch, but not those after it: let the loop over the epochs end."
        ),
        "program-calls-too-deep": N_(
            "Functions call one another more than {limit} deep: write some of the steps out."
        ),
        "program-change-in-step": N_(
            "{what} stands between forward pass and update: move it to the beginning of the loop."
        ),
        "program-cleared-in-part": N_(
            "The gradients of some parameters are cleared in this loop and of others never: "
            "clear all of them, with optimizer.zero_grad()."
        ),
        "program-cleared-sometimes": N_(
            "Gradients cleared at some steps only cannot be taken over: clear them in every step, "
            "never, or before the first of those steps that make one update together."
        ),
        "program-cleared-too-soon": N_(
            "Between this backward() and the update the gradients are cleared, so nothing would "
            "move: call zero_grad() before backward(), or after step()."
        ),
        "program-clip-elsewhere": N_(
            "Gradients are clipped between backward() and the update: move the call there."
        ),
        "program-clipped-in-part": N_(
            "Only some of the gradients are clipped here, or with other limits: clip those of all "
            "parameters, in one call."
        ),
        "program-clipped-sometimes": N_(
            "Gradients have to be clipped before every update, or from some step on, and at no "
            "other step: put the call right before optimizer.step()."
        ),
        "program-clipped-twice": N_(
            "Gradients are clipped by their norm and by value: keep one of the two."
        ),
        "program-closure": N_(
            "step() with a closure cannot be taken over: call backward() before it, and step() "
            "without arguments."
        ),
        "program-condition-on-tensor": N_(
            "Whether {what} holds is known only when the program runs: leave the condition out, or "
            "let the step decide."
        ),
        "program-data-loader": N_(
            "{name} cannot be taken over, only a DataLoader(TensorDataset(x, y), batch_size=8) in "
            "the order of the data. To shuffle, write generator = torch.Generator()."
            "manual_seed(0) before the loops and for batch in torch.randperm(len(x), "
            "generator=generator).split(8) in every epoch, with x[batch] and y[batch]."
        ),
        "program-decorator": N_("A decorator changes what a function does: leave this one out."),
        "program-dtypes": N_(
            "The program's tensors have different types ({found}): use float32 everywhere, or "
            "float64."
        ),
        "program-formula-sometimes": N_(
            "What is computed here at some steps only is needed by the loss: compute it in every "
            "step."
        ),
        "program-grad-of-computed": N_(
            "{what} is the gradient of a computed tensor, which PyTorch does not keep: leave the "
            "line out."
        ),
        "program-gradient-used": N_(
            "{what} computes with a gradient. Only updates such as w -= lr * w.grad can be taken "
            "over: leave the line out."
        ),
        "program-in-place": N_(
            "{what} changes a tensor in place that training computes: make a new tensor instead."
        ),
        "program-in-place-on-leaf": N_(
            "{what} changes a leaf that requires grad in place, and PyTorch refuses that: put it "
            "under with torch.no_grad()."
        ),
        "program-last-batch": N_(
            "The last of these batches is smaller ({rows} rows, {size} in a batch), and the "
            "program computes with how many there are: take .mean(), or a size that divides {rows}."
        ),
        "program-leaves-torch": N_(
            "{what} takes numbers out of PyTorch while they train: go on with the tensor itself."
        ),
        "program-loop-in-step": N_(
            "A loop trains inside this one in a way that cannot be taken over: have one loop over "
            "the epochs, and in it one over the batches."
        ),
        "program-loop-over": N_(
            "The training loop goes over {what}: let it go over range(n), with all rows of the "
            "data in every step, or over batches, torch.arange(n).split(8)."
        ),
        "program-new-leaf": N_(
            "{what} makes a new leaf of a computed tensor: begin with torch.tensor(..., "
            "requires_grad=True)."
        ),
        "program-no-backward": N_(
            "Nothing in this program calls .backward(): paste the part that computes a loss and "
            "calls loss.backward()."
        ),
        "program-no-forward": N_(
            "The class {name} has no forward(): write one, and call the model itself."
        ),
        "program-no-update": N_("The loop never updates a parameter: call optimizer.step() in it."),
        "program-not-parameters": N_(
            "The optimizer is given something else than tensors that require grad: give it "
            "model.parameters(), or a list of tensors."
        ),
        "program-not-python": N_("This cannot be read as Python: {message}. Correct the line."),
        "program-not-text": N_(
            "Here stands a character that no Python program has: is this a text file?"
        ),
        "program-not-understood": N_(
            "{what} is not understood here: write it with PyTorch's plain operations, or leave "
            "it out."
        ),
        "program-other-class": N_(
            "Classes built on {name} cannot be read, only those on nn.Module: write what this one "
            "does as plain functions."
        ),
        "program-other-library": N_(
            "{name} is another library, which is not read: put the numbers it gives into the "
            "program, as torch.tensor([...])."
        ),
        "program-random-in-step": N_(
            "{what} draws new random numbers in every step: draw them before the loop."
        ),
        "program-random-layer": N_(
            "{name} draws random numbers in every step: take it out, or set p=0."
        ),
        "program-read-before-set": N_(
            "What {name} is here depends on what the loop makes of it further down: set it at the "
            "beginning of the loop."
        ),
        "program-refused": N_("{what} cannot be computed: {message}. Correct the line."),
        "program-second-backward": N_(
            "This is a second backward(), the first is in line {first}: keep one of them."
        ),
        "program-second-optimizer": N_(
            "This is a second optimizer: keep one, with all parameters in it."
        ),
        "program-second-update": N_(
            "A parameter is updated twice in a step: keep one of the updates."
        ),
        "program-shuffle": N_(
            "The order that {what} draws cannot be drawn again: write generator = "
            "torch.Generator().manual_seed(0) before the loops, and torch.randperm(n, "
            "generator=generator) once at the beginning of every epoch."
        ),
        "program-star-import": N_(
            "from {name} import * does not say which names it brings: import {name} itself."
        ),
        "program-step-in-formula": N_(
            "{what} is different in every step: compute with tensors alone, or make it a change at "
            "a step, with if step == 100."
        ),
        "program-steps": N_("The training loop needs from 1 to {limit} repetitions."),
        "program-too-deep": N_(
            "The program is nested more than {limit} deep: give parts of it names of their own."
        ),
        "program-too-large": N_("This would make more than {limit} numbers: make it smaller."),
        "program-too-long": N_(
            "The program is longer than {limit_kib} KiB: paste only the part that trains."
        ),
        "program-too-many-changes": N_(
            "Something changes at more than {limit} steps: let it change less often."
        ),
        "program-too-much": N_(
            "With its loops written out the program has more than {limit} parts: shorten a loop."
        ),
        "program-unknown-function": N_(
            "{name} is not known here: write it with PyTorch's plain operations, or leave it out."
        ),
        "program-unknown-layer": N_(
            "{name} is not among the layers that can be read: write what it computes with "
            "PyTorch's functions."
        ),
        "program-unknown-name": N_("“{name}” is not defined: define it above this line."),
        "program-unknown-optimizer": N_(
            "There is no optimizer {name} in experiments: take one of {choices}."
        ),
        "program-unknown-option": N_("{name} has no option “{option}” here: leave it out."),
        "program-update-before-backward": N_(
            "The parameters are updated before backward(): update them after it."
        ),
        "program-update-not-sgd": N_(
            "{what} is no plain gradient descent. Updates by hand have the form "
            "w -= lr * w.grad; for others use one of torch.optim."
        ),
        "program-update-sometimes": N_(
            "Updates at some steps only cannot be taken over: update in every step, or in every "
            "fourth, with if (step + 1) % 4 == 0."
        ),
        "program-value-in-step": N_(
            "{what} computes new numbers from those that train: set fixed ones, such as "
            "w.fill_(0.0)."
        ),
        "program-while": N_(
            "while goes on for nobody knows how many steps: write for step in range(n)."
        ),
        "program-with": N_("with {what} cannot be read, only with torch.no_grad(): leave it out."),
        "program-wrong-arguments": N_(
            "The call does not fit the arguments of {name}: correct the call."
        ),
    }
)


def reason(why: str, language: Language) -> str:
    """Why a line was left out; empty for one that was not."""
    return language.text(REASONS[why]) if why else ""
