"""The three ways in which work fails, and nothing else.

In: what went wrong, as one clear sentence. Out: what the service does about it.
"""


class Reject(Exception):  # noqa: N818 - a verb: what is done with the message
    """This message can never work: dead-letter it and go on.

    `reason` is a short snake_case word, used as a metric label and a dead-letter header.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Retry(Exception):  # noqa: N818 - as above
    """The world is down: pause, back off with jitter, try the same again; never dead-letter."""

    def __init__(self, message: str, *, after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.after_seconds = after_seconds


class Fatal(Exception):  # noqa: N818 - as above
    """The service is misconfigured: say so in one sentence and exit non-zero."""
