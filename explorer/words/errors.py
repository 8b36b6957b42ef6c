"""Every refusal and every failed run as a sentence: what is wrong, where, the way out.

`explorer.experiment.problem` carries codes and facts; the command line and the window
call `sentence` and `failure_sentence` for what a person reads.
`tests/words/test_errors.py` holds the tables to the codes raised in the program.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.experiment.names import shortened_path
from explorer.experiment.problem import BadInput, Failure, Place
from explorer.i18n import N_, Language
from explorer.words import formula, own, program
from explorer.words.constructs import CONSTRUCTS, KINDS
from explorer.words.tables import figures_text

# Sentences for files and for the form of an experiment.
_FILE_SENTENCES: Mapping[str, str] = {
    "cannot-read": N_("This file cannot be read: {reason}. Check its permissions."),
    "cannot-write": N_(
        "The file cannot be written: {reason}. The old one is as it was; "
        "choose another folder or check the permissions."
    ),
    "cannot-write-stream": N_(
        "This cannot be written to: {reason}. Part of it may have been written already."
    ),
    "csv-column-missing": N_("The CSV file has only {count} columns: give a number up to that."),
    "csv-date": N_(
        "In the column “{header}” stands “{cell}”, a date or time: write it as a number, such as "
        'of days or seconds, or take other columns with columns = {{ x = "..." }}.'
    ),
    "csv-decimal-unclear": N_(
        "In the column “{header}” stands “{cell}”, where the comma may mean thousands or "
        'decimals: say in [data] decimal = "." or decimal = ",".'
    ),
    "csv-delimiter": N_(
        'This cannot stand between the cells of a CSV file: give one sign, such as ",", '
        '";", "|", "\\t" or a blank.'
    ),
    "csv-encoding": N_(
        "This is no text in {encoding}: say in [data] how the file is encoded, such as "
        'encoding = "utf-8" or encoding = "gb18030".'
    ),
    "csv-header-missing": N_("The CSV file has no column headed “{header}”."),
    "csv-header-not-a-name": N_(
        "A formula cannot use the header “{header}”. Give the column a name in [data], by its "
        "number: columns = {{ x = {number} }}."
    ),
    "csv-header-twice": N_(
        "Two columns are headed “{header}”: rename one of them, or take them by their numbers, "
        "such as columns = {{ x = {number} }}."
    ),
    "csv-malformed": N_("The CSV file cannot be understood here: {message}."),
    "csv-missing": N_(
        "Values are missing in the CSV file, {count} in all, the first one in the column "
        '“{header}”: fill them in, or say in [data] missing = "drop" to leave these rows out.'
    ),
    "csv-not-a-number": N_(
        "In the column “{header}” stands “{cell}”, which is not a number: correct it, or take "
        'other columns with columns = {{ x = "..." }}.'
    ),
    "csv-not-finite": N_(
        "In the column “{header}” stands “{cell}”, which is beyond all numbers: correct the row "
        "or take it out."
    ),
    "csv-nul": N_(
        "Here stands a NUL, which is in no text: the file is damaged or is not a CSV file. "
        "Export it again."
    ),
    "csv-quote-open": N_("A quotation mark opens here and is never closed: close it or remove it."),
    "csv-ragged": N_(
        "This row has {got} cells but the first line has {wanted}: give every row as many."
    ),
    "csv-row-too-long": N_(
        "This row is longer than {limit_mib} MiB: take columns that are not needed out of the "
        "file, and look for a quotation mark that is not closed."
    ),
    "csv-unit": N_(
        "In the column “{header}” stands “{cell}”: write the number alone, and “{unit}” into the "
        "header."
    ),
    "file-and-columns": N_(
        "With a file, [data] has only the keys {keys}: take this one out, or the file."
    ),
    "file-outside": N_(
        "“{name}” is not beside the experiment: put the CSV file into the experiment's folder "
        "and write only its name."
    ),
    "file-too-large": N_("The file is larger than {limit_mib} MiB: make it smaller."),
    "is-a-folder": N_("This is a folder: name a file in it."),
    "no-such-file": N_("There is no such file: check the path and the spelling."),
    "not-a-file": N_("This is not an ordinary file: name one that is."),
    "is-no-experiment": N_(
        "This is no experiment: open a TOML file that has a formula. Those that are built in are "
        "in the menu Experiments, or listed by gradient-explorer list."
    ),
    "is-run-of-a-model": N_(
        "This is a run of a model of your own: open it, or give it to run, gradients or graph."
    ),
    "is-program": N_(
        "This is a program, not an experiment: gradient-explorer import {name} makes an "
        "experiment of what PyTorch does in it."
    ),
    "is-table": N_(
        "This is a table of data, not an experiment. In an experiment, CSV data is read with "
        '[data] file = "{name}".'
    ),
    "not-kept": N_(
        "What is not saved cannot be kept for recovery: {reason}. Save it with File › Save."
    ),
    "not-toml": N_("This is not TOML: {message}. Correct the line."),
    "not-utf8": N_("The file is not in UTF-8: save it as UTF-8 text."),
    "override-index": N_(
        "The list here has {count} entries, counted from 0: use a number below that."
    ),
    "override-inside-value": N_("This is a single value with no keys inside: set it as a whole."),
    "override-malformed": N_("“{override}” is not KEY=VALUE, such as training.steps=100."),
    "reader-gone": N_(
        "Nobody reads what is written here any more: it is not complete. Start the reader anew."
    ),
    "folder-gone": N_(
        "The file cannot be written: its folder is not there. Save it somewhere else with "
        "File › Save As; until then your work is kept for File › Recover."
    ),
    "recovery-taken": N_("Another window has this unsaved work by now."),
    "recovery-unreadable": N_("This unsaved work cannot be read: {reason}."),
    "toml-too-deep": N_("The file is nested too deeply: write it flatter."),
    "too-many-lines": N_("The file has more than {limit} lines: make it smaller."),
    "unknown-experiment": N_(
        "There is no built-in experiment “{name}”: see the list of them, or give a file's path."
    ),
}

_VALUE_SENTENCES: Mapping[str, str] = {
    "betas-out-of-range": N_("Both betas must be at least 0 and below 1."),
    "column-formula-alone": N_(
        "A column by a formula needs another one to compute from: give at least one by its "
        "numbers, such as x = {{ linspace = [0, 1, 50] }}."
    ),
    "column-formula-lines": N_(
        'A column\'s formula is one expression, such as "sin(2*x)": write what else you need '
        "as a column of its own above it."
    ),
    "column-formula-not-finite": N_(
        "The formula gives no finite number in row {row}: choose other numbers or another formula."
    ),
    "column-formula-operation": N_(
        "A column's formula cannot use {name}, only functions of single numbers, such as sin, "
        "exp, where and clamp."
    ),
    "column-formula-shapes": N_(
        "These columns do not fit together here: they need equally many rows and numbers in a row."
    ),
    "data-empty": N_("There is no data here: give at least one row of numbers."),
    "data-lengths": N_(
        "“{first}” has {first_rows} rows but “{second}” has {second_rows}: "
        "every column needs as many."
    ),
    "generator-arguments": N_("{name} takes three numbers: two for the values and the count."),
    "generator-missing": N_("Say with one key how the column is made: {choices}."),
    "list-empty": N_("This list is empty: give at least one number."),
    "list-ragged": N_("The lists inside differ in length: make them all equally long."),
    "missing-key": N_("This key is missing: add it."),
    "name-invalid": N_(
        "“{name}” cannot be a name: use plain letters, digits and _, and begin with a letter."
    ),
    "name-reserved": N_("“{name}” already means something else here: choose another name."),
    "name-too-long": N_("This name is longer than {limit} characters: choose a shorter one."),
    "name-used-twice": N_("The name “{name}” is used twice: choose another for one of them."),
    "negative": N_("{got} is negative: give 0 or more."),
    "not-finite": N_("{got} is not a finite number: give one that is."),
    "not-positive": N_("{got} is not above 0: give a positive number."),
    "out-of-range": N_("Give a whole number from {least} to {most}."),
    "parameter-not-finite": N_(
        "{got} is no value for a parameter that trains: give a finite number, or set "
        "requires_grad = false if it is data."
    ),
    "parameter-without-value": N_(
        "The parameter has no value: give value = 1.0, or shape = [3] with init."
    ),
    "range-reversed": N_("{low} is above {high}: give the lower bound first."),
    "too-large-for-float32": N_(
        'The number is too large for float32: make it smaller or set dtype = "float64".'
    ),
    "too-many-dimensions": N_("More than {limit} dimensions are not possible: use fewer."),
    "too-many-elements": N_("More than {limit} numbers in all are too many: make it smaller."),
    "unknown-choice": N_("“{given}” is not known here. Possible are: {choices}."),
    "unknown-key": N_("There is no key “{name}” here: correct it or take it out."),
    "value-and-init": N_("Give either value, or shape with init, seed and scale; not both."),
    "value-too-large": N_("The number is too large: make it smaller."),
    "wrong-type": N_("Expected {wanted}, but this is {got}: change the value."),
}

_RUN_SENTENCES: Mapping[str, str] = {
    "after-beyond-run": N_(
        "There is no state after step {after}, for the run has {steps} steps: give --after a "
        "number up to that, or the run more steps with --set training.steps={after}."
    ),
    "batch-without-data": N_(
        "There are no rows to make batches of: add [data], or leave out batch."
    ),
    "change-beyond-run": N_(
        "The change is at step {step}, but the run has {steps} steps: "
        "make the run longer or the change earlier."
    ),
    "change-empty": N_("The change changes nothing: add a tensor with a switch, or lr."),
    "change-of-group-without-option": N_(
        "The change names the group “{name}” but no option of the optimizer: add lr or another."
    ),
    "change-without-switch": N_(
        "The change names “{name}” but not what to do: add requires_grad, detach or value."
    ),
    "change-without-tensor": N_(
        'requires_grad, detach and value need a tensor: add tensor = "...".'
    ),
    "clipped-twice": N_(
        "Gradients are clipped by clip_grad_norm or by clip_grad_value: take out one of the two."
    ),
    "group-name-taken": N_(
        "“{name}” is the group of the parameters that no group names: call this one otherwise."
    ),
    "group-not-optimized": N_(
        "“{name}” is not given to the optimizer (optimize = false), so it can be in no group: "
        "take one of the two away."
    ),
    "loss-and-objective": N_(
        "The objective “{name}” is computed by the formula and needs no loss: "
        "take out one of the two."
    ),
    "nothing-optimized": N_(
        "No parameter is left for the optimizer, and PyTorch makes none that holds nothing: "
        "take optimize = false away from one of them."
    ),
    "momentum-from-zero": N_(
        "PyTorch cannot switch the momentum of {optimizer} on or off in a run: "
        "start with one above 0 and stay above it."
    ),
    "nesterov-needs-momentum": N_(
        "nesterov needs a momentum above 0 and dampening = 0: set them, or nesterov to false."
    ),
    "objective-and-prediction": N_(
        "The formula assigns the data column “{prediction}”, so that is compared with the data; "
        "“{name}” cannot be the objective too. Rename the one or take out objective."
    ),
    "objective-is-number": N_(
        "“{name}” is a plain number and has no gradient: compute it from a parameter."
    ),
    "objective-missing": N_(
        "Nothing says what to descend: assign a data column's name in the formula, or write "
        'objective = "name" with the name of a tensor that the formula computes.'
    ),
    "objective-not-computed": N_(
        "The formula does not compute “{name}”: choose a tensor that it assigns."
    ),
    "objective-not-scalar": N_(
        "The objective “{name}” has the shape {shape} and must be a single number: "
        "take .sum() or .mean() of it."
    ),
    "option-not-changeable": N_(
        "PyTorch cannot change {option} of {optimizer} in a run: set it at the start."
    ),
    "option-not-of-group": N_(
        "PyTorch takes {option} of {optimizer} for all groups from the optimizer alone: "
        "set it in optimizer."
    ),
    "option-of-other-optimizer": N_(
        "The optimizer {optimizer} has no {option}. It has: {choices}."
    ),
    "prediction-shape": N_(
        "The prediction “{name}” has the shape {shape} but its data column {column_shape}: "
        "make the formula give one value for each value of the column."
    ),
    "requires-grad-of-buffer": N_(
        "“{name}” is a buffer and requires no gradient: make it a parameter if it is to have one."
    ),
    "requires-grad-on-intermediate": N_(
        "“{name}” is computed, and requires_grad can be switched on leaves only: "
        "use detach for this tensor."
    ),
    "tensor-in-use": N_("The formula reads “{name}”: take it out of the formula first."),
    "tensor-is-number": N_("“{name}” is a plain number, not a tensor: make it a parameter."),
    "two-groups": N_(
        "“{name}” is in two groups, “{first}” and “{second}”: leave it in one of them."
    ),
    "two-predictions": N_(
        "The formula assigns two data columns, “{first}” and “{second}”: rename one of them."
    ),
    "unknown-group": N_("There is no group “{given}”. There are: {choices}."),
    "unknown-tensor": N_("There is no tensor “{name}”: use one that the experiment names."),
    "value-of-non-parameter": N_(
        "Only the value of a parameter or a buffer can be set in a run, and “{name}” is neither."
    ),
    "value-shape": N_(
        "The value has the shape {got} but “{tensor}” has {wanted}: give as many numbers."
    ),
}

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        **_FILE_SENTENCES,
        **_VALUE_SENTENCES,
        **_RUN_SENTENCES,
        **formula.SENTENCES,
        **program.SENTENCES,
        **own.SENTENCES,
    }
)

FAILURE_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "given-up": N_("Step {step} was interrupted, and may be half made: press Reset."),
        "non-finite": N_(
            "At step {step} the loss became {loss}. Lower the learning rate, or look for a "
            "logarithm, root or quotient outside its domain, and start again."
        ),
        "nothing-requires-grad": N_(
            "At step {step} PyTorch says: “{message}”. Nothing on the way to the objective "
            "requires grad: switch requires_grad on, or detach off, for a tensor it depends on."
        ),
        "out-of-memory": N_(
            "At step {step} the memory did not suffice. PyTorch says: “{message}”. "
            "Make the tensors smaller."
        ),
        "overwritten": N_(
            "At step {step} PyTorch says: “{message}”. {operation} (at {at}) kept {tensor} for "
            "its derivative, and {by} (at {by_at}) overwrote it in place. Use the operation that "
            "is not in place there, or work on a copy: {tensor}.clone()."
        ),
        "refused": N_("Step {step} was not made. {problem}"),
        "torch-error": N_(
            "At step {step} PyTorch says: “{message}”. Change the formula or undo the last change."
        ),
        "wrong-dtype": N_(
            "At step {step} PyTorch says: “{message}”. The operation does not take tensors of this "
            "type: turn a mask into numbers with .float(), or use where(mask, a, b)."
        ),
    }
)

# Of a loss that is not finite, where it is known what that came from.
_BROKEN_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "gradient": N_(
            "At step {step} the loss became {loss}. The first gradient that was not finite is that "
            "of {tensor}, at step {since}: it comes from {operation} (at {at}), with {inputs}. "
            "Keep the input of {operation} where its value and its slope are finite, for instance "
            "with clamp; where the numbers grow from step to step, lower the learning rate. Then "
            "start again."
        ),
        "given": N_(
            "At step {step} the loss became {loss}. The first gradient that was not finite is that "
            "of {tensor}, at step {since}, because {at} itself is not finite: {inputs}. Give {at} "
            "finite values, and start again."
        ),
        "sum": N_(
            "At step {step} the loss became {loss}. The first gradient that was not finite is that "
            "of {tensor}, at step {since}: the parts that reach {at} are so large that their sum "
            "is not finite. Lower the learning rate or scale the objective down, and start again."
        ),
        "value": N_(
            "At step {step} the loss became {loss}: {operation} (at {at}) gave NaN or infinity, "
            "with {inputs}, and every gradient before was finite. Keep the input of {operation} "
            "where it is defined; where the numbers grow from step to step, lower the learning "
            "rate. Then start again."
        ),
    }
)

# Facts that are keys of a table of words, by code.
_WORDED: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "not-in-language": {"construct": CONSTRUCTS},
        "option-wrong-kind": {"wanted": KINDS},
        "audit-value": {"wanted": own.CONFIGURED},
        "setup-value": {"wanted": own.WANTED},
        "wrong-type": {"wanted": KINDS, "got": KINDS},
    }
)


def sentence(problem: BadInput, language: Language) -> str:
    """The problem in the reader's language, with its place in front."""
    _ = language.text
    tables = _WORDED.get(problem.code, {})
    facts = {
        name: _(tables[name][str(fact)]) if name in tables else fact
        for name, fact in problem.facts.items()
    }
    said = _(SENTENCES[problem.code]).format(**facts)
    if problem.facts.get("nearest"):
        said = _("{sentence} Did you mean “{nearest}”?").format(
            sentence=said, nearest=problem.facts["nearest"]
        )
    place = _place(problem.place, language)
    return _("{place}: {sentence}").format(place=place, sentence=said) if place else said


def failure_sentence(failure: Failure, language: Language) -> str:
    """Why the run stopped and how it can go on, in the reader's language."""
    facts = {
        key: sentence(fact, language) if isinstance(fact, BadInput) else figures_text(fact)
        for key, fact in failure.facts.items()
    }
    return language.text(_template(failure)).format(step=failure.step, **facts)


def _template(failure: Failure) -> str:
    """By the code; of a loss that is not finite by what is known of it."""
    if failure.code != "non-finite":
        return FAILURE_SENTENCES[failure.code]
    if failure.facts.get("direction") == "value":
        return _BROKEN_SENTENCES["given"]
    if "tensor" in failure.facts:
        return _BROKEN_SENTENCES["gradient" if "operation" in failure.facts else "sum"]
    if "operation" in failure.facts:
        return _BROKEN_SENTENCES["value"]
    return FAILURE_SENTENCES[failure.code]


def _place(place: Place, language: Language) -> str:
    """`fit.toml, formula, line 2, column 7`; empty if nothing is known."""
    _ = language.text
    parts = [shortened_path(place.file)] if place.file else []
    if place.key == "formula":
        parts.append(_("formula"))
    elif place.key:
        parts.append(_("key {key}").format(key=place.key))
    if place.line is not None:
        parts.append(_("line {line}").format(line=place.line))
    if place.column is not None:
        parts.append(_("column {column}").format(column=place.column))
    return _(", ").join(parts)
