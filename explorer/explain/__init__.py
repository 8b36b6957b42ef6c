"""What a trace tells: its records, queries on them, reasons, cuts, remedies, routes, predictions.

Plain data and pure functions. No torch and no Qt here, so that what is found may cross threads
and be put in words anywhere; `explorer.engine.trace` takes the traces.
"""
