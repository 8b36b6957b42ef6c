"""How an experiment runs: torch, no Qt. The session is the way in."""
