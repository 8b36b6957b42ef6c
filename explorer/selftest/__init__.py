"""`gradient-explorer --self-test`: does everything that was installed work here?

Opens the real window, trains through it, and tries what a package could have lost on the way:
resources, languages, PyTorch's lazily imported parts. `running` goes through the checks of
`program`, `window` and `engine`; each is a function that returns or raises `checks.FaultError`.
Called by the command line, and by the packages' gate in every place they are installed.
"""
