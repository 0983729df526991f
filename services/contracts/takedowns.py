"""An article that has to be forgotten, on legal request.

In: the request. Out: the payload of `articles.takedowns.v1`, kept for ever: it says what must not
come back, and that and why it is gone, without a word of the article itself.
"""

from pydantic import Field

from services.contracts.models import Contract, UtcTime


class TakedownV1(Contract):
    """One article that no stage may take in again; the newest of an article_id counts.

    `is_lifted` ends an earlier one.
    """

    article_id: str = Field(min_length=1, max_length=400)
    requested_by: str = Field(min_length=1)
    reason: str = Field(min_length=1)
    decided_at: UtcTime
    is_lifted: bool = False
