"""`python -m indexer takedown`: an article is forgotten on legal request.

In: an article_id, who asked and why. Out: the decision on `articles.takedowns.v1`, which makes
every stage refuse the article from then on; no event, dead letter or document of it left; a count
of what was found, which is all that remains. WARC files are the crawler's: see `python -m crawler
forget`.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch

from indexer.mappings import IndexLayout
from services.chassis.forgetting import Forgetter
from services.chassis.letter_box import LetterBox
from services.chassis.takedowns import KNOWN_WITHIN_SECONDS
from services.contracts.takedowns import TakedownV1
from services.contracts.topics import Topic

Report = Callable[[str], None]
_PAGE_DOCUMENTS = 1000


@dataclass(frozen=True, kw_only=True)
class Traces:
    """What there is of an article, by topic and by index, and the snapshots that may hold it."""

    events: Mapping[str, int]
    documents: Mapping[str, int]
    snapshots: tuple[str, ...]
    urls: tuple[str, ...]
    archive_records: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left in Kafka and Elasticsearch, snapshots aside."""
        return not any(self.events.values()) and not any(self.documents.values())


class Takedown:
    """Finds and removes what there is of articles."""

    def __init__(
        self,
        client: Elasticsearch,
        layout: IndexLayout,
        forgetter: Forgetter,
        *,
        topics: Iterable[Topic],
        boxes: Mapping[str, LetterBox],
    ) -> None:
        """Wire it; `topics` are keyed by article_id, `boxes` hold dead letters by topic."""
        self._client = client
        self._aliases = (layout.articles, layout.figures, layout.revisions)
        self._layout = layout
        self._forgetter = forgetter
        self._topics = list(topics)
        self._boxes = boxes

    def find(self, article_id: str) -> Traces:
        """Return what there is of an article."""
        query = {"term": {"article_id": article_id}}
        for alias in self._aliases:
            self._client.indices.refresh(index=alias)
        documents = {
            alias: int(self._client.count(index=alias, query=query)["count"])
            for alias in self._aliases
        }
        return Traces(
            events={
                topic.name: self._forgetter.count(topic, key=article_id) for topic in self._topics
            },
            documents=documents,
            snapshots=tuple(self._list_snapshots()),
            urls=tuple(self._collect(query, ("url", "canonical_url", "aliases"))),
            archive_records=tuple(self._collect(query, ("archive_record",))),
        )

    def remove(self, article_id: str, *, report: Report) -> None:
        """Remove what there is of an article in topics and indices; safe to repeat.

        Raises:
            Retry: Kafka stopped answering; do it again.
        """
        for topic in self._topics:
            if topic.name in self._boxes:
                letters = self._boxes[topic.name].forget(article_id)
                report(f"{topic.name}: {letters} removed")
                continue
            done = self._forgetter.forget(topic, key=article_id)
            report(f"{topic.name}: {done.removed} removed, {done.copied} of others written again")
        for alias in self._aliases:
            report(f"{alias}: {self._delete_documents(alias, article_id)} removed")
            self._expunge(alias)

    def delete_snapshots(self, names: Iterable[str]) -> None:
        """Delete snapshots, named repository/snapshot."""
        for name in names:
            repository, _, snapshot = name.partition("/")
            self._client.snapshot.delete(repository=repository, snapshot=snapshot)

    def _delete_documents(self, alias: str, article_id: str) -> int:
        removed = 0
        while True:
            self._client.indices.refresh(index=alias)
            hits = self._client.search(
                index=alias,
                query={"term": {"article_id": article_id}},
                size=_PAGE_DOCUMENTS,
                source=False,
            )["hits"]["hits"]
            if not hits:
                return removed
            self._client.bulk(
                operations=[{"delete": {"_index": h["_index"], "_id": h["_id"]}} for h in hits]
            )
            removed += len(hits)

    def _expunge(self, alias: str) -> None:
        """Let the words leave the disk too: a deletion alone only marks them."""
        self._client.indices.put_settings(
            index=alias, settings={"index.merge.policy.expunge_deletes_allowed": 0}
        )
        self._client.indices.forcemerge(index=alias, only_expunge_deletes=True)
        self._client.indices.put_settings(
            index=alias, settings={"index.merge.policy.expunge_deletes_allowed": None}
        )

    def _collect(self, query: dict[str, Any], fields: tuple[str, ...]) -> list[str]:
        found: dict[str, None] = {}
        answer = self._client.search(
            index=[self._layout.articles, self._layout.revisions],
            query=query,
            size=1000,
            source_includes=list(fields),
        )
        for hit in answer["hits"]["hits"]:
            for field in fields:
                value = hit["_source"].get(field)
                for each in value if isinstance(value, list) else [value]:
                    if each:
                        found[each] = None
        return list(found)

    def _list_snapshots(self) -> list[str]:
        names: list[str] = []
        for repository in self._client.snapshot.get_repository(name="*"):
            answer = self._client.snapshot.get(repository=repository, snapshot="*")
            indices = set(self._aliases)
            behind = {
                name for alias in indices for name in self._client.indices.get_alias(name=alias)
            }
            names += [
                f"{repository}/{each['snapshot']}"
                for each in answer["snapshots"]
                if behind & set(each["indices"])
                or any(i.startswith(a) for i in each["indices"] for a in indices)
            ]
        return sorted(names)


def take_down(
    work: Takedown,
    request: TakedownV1,
    *,
    decide: Callable[[], None],
    report: Report,
    is_dry: bool,
    is_dropping_snapshots: bool,
    wait: Callable[[float], None] = time.sleep,
) -> int:
    """Record the decision, remove the article, look whether anything is left; return 1 if so."""
    before = work.find(request.article_id)
    _tell(before, report)
    if is_dry:
        return 0
    decide()
    if request.is_lifted:
        report("lifted: the article may come again")
        return 0
    report(f"decided; every stage knows within {KNOWN_WITHIN_SECONDS:.0f} s")
    wait(KNOWN_WITHIN_SECONDS)
    work.remove(request.article_id, report=report)
    if is_dropping_snapshots:
        work.delete_snapshots(before.snapshots)
    after = work.find(request.article_id)
    if not after.is_clean:
        report("something came in between: run it again")
        return 1
    if after.snapshots:
        report("snapshots still hold it: take a new one, then say --drop-snapshots")
    if before.archive_records:
        report("the WARC archive still holds it: stop the crawler, then")
        report(f"  python -m crawler forget {' '.join(before.urls)}")
    return 0


def _tell(traces: Traces, report: Report) -> None:
    for name, number in (*traces.events.items(), *traces.documents.items()):
        report(f"{number:>7}  {name}")
    for name in traces.snapshots:
        report(f"snapshot {name}")
    for name in traces.archive_records:
        report(f"WARC {name}")
