"""The audit's report in its formats, one file each: text, JSON, SARIF, GitHub, HTML.

Every format is a function from a `Report` and a language to a text. Called by the command
`audit` and by what `explorer.audit` returns.
"""
