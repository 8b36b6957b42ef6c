"""One line of help for each setting of an experiment, by its key in the file.

The window's settings show it (`explorer.ui.editor.experimentsettings`). Options of losses and
optimizers have torch's names and one line each, whichever takes them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from explorer.i18n import N_

HELP: Mapping[str, str] = MappingProxyType(
    {
        "title": N_("Shown at the top of the window, and in lists."),
        "objective": N_("The tensor that is descended; without one the loss of the prediction."),
        "dtype": N_("What all tensors are made of: torch.float32, or torch.float64."),
        "training.loss": N_("Compares the prediction with its column, averaged over all elements."),
        "training.optimizer": N_("The class of torch.optim that moves the parameters."),
        "training.zero_grad": N_("What becomes of .grad before each backward()."),
        "training.clip_grad_norm": N_(
            "The largest norm of all gradients together: clip_grad_norm_()."
        ),
        "training.clip_grad_value": N_("The largest number in any gradient: clip_grad_value_()."),
        "training.accumulate": N_("So many backward() make one update."),
        "training.batch.size": N_("Rows of the data in each step; without it all of them."),
        "training.batch.shuffle": N_("Whether each epoch has an order of its own."),
        "training.batch.seed": N_("Of that order."),
    }
)

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "lr": N_("The learning rate: how far a step goes."),
        "momentum": N_("How much of the last move goes on."),
        "dampening": N_("How much of the gradient does not go into the momentum."),
        "nesterov": N_("Momentum that looks ahead."),
        "weight_decay": N_("Draws parameters to 0."),
        "maximize": N_("Ascend instead of descend."),
        "betas": N_("How slowly the means of gradients, and of their squares, follow."),
        "eps": N_("Keeps a division from zero."),
        "amsgrad": N_("Keep the largest mean of squares there was."),
        "alpha": N_("How slowly the mean of squares follows."),
        "centered": N_("Take the mean gradient off before squares are measured."),
        "lr_decay": N_("How fast the learning rate falls."),
        "initial_accumulator_value": N_("The sum of squares before the first step."),
        "delta": N_("Where the squared part becomes a straight line."),
        "beta": N_("Where the squared part becomes a straight line."),
    }
)
