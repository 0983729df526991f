"""Judgements of figures in the desk's store: kept apart from the index, and for ever.

In: what readers say. Out: rows that are only ever added, or marked as taken back.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from services.chassis.clock import Clock, to_epoch_milliseconds
from services.contracts.figures import Figure
from services.search.domain.access import Visitor
from services.search.domain.judging import (
    Correction,
    JudgedFigure,
    Judgement,
    Verdict,
    attach,
    note_figure,
)
from services.search.store import Store

_PAGE: Final = 500


class Judgements:
    """Reads and writes judgements."""

    def __init__(self, store: Store, *, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def add(
        self,
        visitor: Visitor,
        article_id: str,
        figure: Figure,
        figures: Sequence[Figure],
        *,
        verdict: Verdict,
        correction: Correction | None = None,
        note: str = "",
    ) -> Judgement:
        """Store what a visitor says of a figure; what the same one said of it before ends."""
        now_ms = to_epoch_milliseconds(self._clock.now())
        judged = note_figure(figure, figures)
        with self._store.transaction() as connection:
            before = [
                _read(row)
                for row in connection.execute(
                    "SELECT * FROM judgements WHERE article_id = ? AND user_id IS ? "
                    "AND ended_ms IS NULL",
                    (article_id, visitor.user_id),
                )
            ]
            replaced = attach(before, figures).by_figure.get(figure.id, ())
            connection.executemany(
                "UPDATE judgements SET ended_ms = ? WHERE id = ?",
                [(now_ms, old.judgement_id) for old in replaced],
            )
            row = connection.execute(
                "INSERT INTO judgements (article_id, judged, verdict, correction, note, user_id, "
                "user_name, judged_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING *",
                (
                    article_id,
                    judged.encode().decode(),
                    verdict.value,
                    (correction or Correction()).encode().decode(),
                    note,
                    visitor.user_id,
                    visitor.name,
                    now_ms,
                ),
            ).fetchone()
        return _read(row)

    def find(self, judgement_id: int) -> Judgement | None:
        """Return a judgement."""
        rows = self._store.read("SELECT * FROM judgements WHERE id = ?", (judgement_id,))
        return _read(rows[0]) if rows else None

    def end(self, judgement: Judgement) -> None:
        """Take a judgement back; it stays in the export, with the time."""
        with self._store.transaction() as connection:
            connection.execute(
                "UPDATE judgements SET ended_ms = ? WHERE id = ? AND ended_ms IS NULL",
                (to_epoch_milliseconds(self._clock.now()), judgement.judgement_id),
            )

    def list_for(self, article_ids: Sequence[str]) -> dict[str, list[Judgement]]:
        """Return the judgements that hold, by article."""
        rows = self._store.read(
            "SELECT * FROM judgements WHERE ended_ms IS NULL "
            "AND article_id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (json.dumps(list(article_ids)),),
        )
        found: dict[str, list[Judgement]] = {}
        for row in rows:
            found.setdefault(row["article_id"], []).append(_read(row))
        return found

    def read_all(
        self, *, article_id: str | None = None, since: datetime | None = None
    ) -> Iterator[Judgement]:
        """Yield all judgements in the order they were made, those taken back too."""
        since_ms = 0 if since is None else to_epoch_milliseconds(since)
        after = 0
        while True:
            rows = self._store.read(
                "SELECT * FROM judgements WHERE id > ?1 AND (?2 IS NULL OR article_id = ?2) "
                "AND (judged_ms >= ?3 OR ended_ms >= ?3) ORDER BY id LIMIT ?4",
                (after, article_id, since_ms, _PAGE),
            )
            yield from (_read(row) for row in rows)
            if len(rows) < _PAGE:
                return
            after = rows[-1]["id"]


def _read(row: sqlite3.Row) -> Judgement:
    return Judgement(
        judgement_id=row["id"],
        article_id=row["article_id"],
        judged=JudgedFigure.decode(row["judged"].encode()),
        verdict=Verdict(row["verdict"]),
        correction=Correction.decode(row["correction"].encode()),
        note=row["note"],
        user_id=row["user_id"],
        user_name=row["user_name"],
        judged_at=_to_time(row["judged_ms"]),
        ended_at=None if row["ended_ms"] is None else _to_time(row["ended_ms"]),
    )


def _to_time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
