"""The audit: what was seen of somebody's model in a few steps, and the rules that judge it.

Plain data and pure functions, as all of `explorer.explain`; `explorer.own.observing` makes the
steps, `explorer.words.audit` has the findings' sentences.
"""
