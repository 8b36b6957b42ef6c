"""Checks of the real window, in the order in which they are made: later ones need earlier ones."""

from explorer import i18n, load, paths
from explorer.i18n import N_
from explorer.selftest.checks import MISSING, UNDRAWABLE, Bench, Check, FaultError, expect

EXPERIMENT = "line-fit"
ICON = "gradient-explorer.svg"
GRAPH_TAB = "&Graph"
# To the last bit, as the reference article prints them.
ARTICLE = {"a": 1.5000202655792236, "b": 0.5, "c": 0.4999275505542755, "d": 0.5}


def opens(bench: Bench) -> None:
    """Built, shown and painted before torch is there."""
    from explorer.ui.driver import Trial, shows_something

    trial = Trial(EXPERIMENT, bench.folder, bench.language, bench.give_up)
    trial.open()
    if not shows_something(trial.picture()):
        raise FaultError(UNDRAWABLE, name=trial.platform)
    bench.trial = trial


def shows_icons(_bench: Bench) -> None:
    """Every icon is there and can be drawn."""
    from explorer.ui.driver import is_drawable

    if not paths.icon(ICON).is_file():
        raise FaultError(MISSING, name=ICON)
    for path in sorted(paths.icon(ICON).parent.glob("*.svg")):
        if not is_drawable(path):
            raise FaultError(UNDRAWABLE, name=path.name)


def loads(bench: Bench) -> None:
    """The worker imports torch."""
    bench.window.load()


def trains(bench: Bench) -> None:
    """5,000 steps through the window's worker."""
    tensors = bench.window.train()
    for name, wanted in ARTICLE.items():
        expect(name, tensors[name].value, wanted)
    for name in ("b", "d"):
        expect(f"{name}.grad", tensors[name].grad, None)


def flips(bench: Bench) -> None:
    """Unfreezing b lets a gradient through with the next step."""
    before = bench.window.flip("b", True)["b"]
    expect("b.requires_grad", before.requires_grad, True)
    expect("b.grad", before.grad, None)
    after = bench.window.step()["b"]
    expect("b.grad is None", after.grad is None, False)


def draws(bench: Bench) -> None:
    """A trace, its picture, and the prediction about the flipped switch."""
    insight = bench.window.graph()
    expect("operations", bool(insight.trace.operations), True)
    expect("picture", insight.picture is not None and insight.picture.width > 0, True)
    if insight.explanation.check is not None:
        expect("prediction", insight.explanation.check.wrong, ())


def writes(bench: Bench) -> None:
    """What was done by hand stands in the experiment's PyTorch program."""
    expect("program", "model.b.requires_grad_(True)" in bench.window.program(), True)
    # Where the window is left: its tabs are read in every language.
    bench.window.graph()


def saves(bench: Bench) -> None:
    """What was done by hand stands in the file, and the file can be read."""
    path = bench.folder / "保存 saved.toml"
    bench.window.save(path)
    changed = [(change.tensor, change.requires_grad) for change in load(path).changes]
    expect("changes", changed, [("b", True)])


def speaks(bench: Bench) -> None:
    """The window is built anew in every language."""
    for code, _name in i18n.AVAILABLE:
        expect(code, bench.window.speak(code), i18n.load(code).text(GRAPH_TAB))


def closes(bench: Bench) -> None:
    """The worker ends with the window."""
    trial, bench.trial = bench.window, None
    expect("closed", trial.close(), True)


CHECKS = (
    Check(N_("the window opens"), opens),
    Check(N_("every icon is drawn"), shows_icons),
    Check(N_("PyTorch is loaded behind it"), loads),
    Check(N_("the line fit trains to the article's numbers"), trains),
    Check(N_("a switch is flipped"), flips),
    Check(N_("the graph is captured and drawn"), draws),
    Check(N_("the experiment is written as a PyTorch program"), writes),
    Check(N_("the experiment is saved with its changes and read again"), saves),
    Check(N_("the window speaks every language"), speaks),
    Check(N_("the window closes"), closes),
)
