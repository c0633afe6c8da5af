"""Errors that a person can do something about."""


class ScaleError(Exception):
    """What went wrong, where, and what to do, as one sentence; the command prints it and exits with a status of 1."""
