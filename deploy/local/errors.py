"""What may go wrong with the local servers, as one sentence for a person."""


class LocalServerError(Exception):
    """A local server cannot be fetched, started or stopped; the message says what to do."""

    exit_code = 1


class MissingPrerequisiteError(LocalServerError):
    """A program that the servers need is not installed; nothing was downloaded yet."""

    exit_code = 2
