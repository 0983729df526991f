"""Sends what waits: packs news into messages, tries each until it is taken or given up.

In: news in the desk's store. Out: messages at their receivers, and how each attempt ended in the
store. What is sent and not yet noted when the process dies is sent again under the same id.

Receivers that do not answer wait in a lane of their own, so that they hold up nobody else.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Final, Literal

import structlog

from services.chassis.backoff import backoff_seconds
from services.chassis.clock import Clock
from services.search.notifier.metrics import NotifierMetrics
from services.search.saved_searches import (
    CHANNELS,
    Attempt,
    Channel,
    Message,
    SavedSearches,
)

_PACK_SECONDS: Final = 0.25
_TURN_SECONDS: Final = 0.05
"""Least time between two looks into the store: messages that end meanwhile are noted together."""
_RETRY_SECONDS: Final = 5.0
_RETRY_LIMIT_SECONDS: Final = 3600.0
_FORGET_SECONDS: Final = 3600.0
_WAITING_A_WORKER: Final = 4
"""Messages taken from the store ahead of a free worker."""

log = structlog.get_logger()


class SendError(Exception):
    """The receiver did not take a message: a word for why, and whether trying again is useless."""

    def __init__(self, reason: str, *, detail: str = "", is_final: bool = False) -> None:
        super().__init__(f"{reason} {detail}".strip())
        self.is_final = is_final


Send = Callable[[Message], None]
Lane = Literal["first", "again"]


class Sender:
    """Sends from threads of its own until it is stopped.

    Args:
        send: how each channel sends one message; a channel that is missing waits.
        workers: messages sent side by side; a quarter of them are repeated ones.
        give_up: for how long a message is tried.
        keep: for how long news is kept.
    """

    def __init__(
        self,
        searches: SavedSearches,
        *,
        send: Mapping[Channel, Send],
        metrics: NotifierMetrics,
        clock: Clock,
        workers: int,
        give_up: timedelta,
        keep: timedelta,
    ) -> None:
        self._searches = searches
        self._send = send
        self._metrics = metrics
        self._clock = clock
        self._give_up = give_up
        self._keep = keep
        slow = max(1, workers // 4)
        self._lanes: dict[Lane, int] = {"first": workers - slow, "again": slow}
        self._pools = {
            name: ThreadPoolExecutor(size, thread_name_prefix=f"send-{name}")
            for name, size in self._lanes.items()
        }
        self._under_way: dict[int, Lane] = {}
        """Id of each message that was handed to a worker → its lane."""
        self._ended: SimpleQueue[tuple[Message, Attempt]] = SimpleQueue()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._forgot_at_seconds = clock.monotonic_seconds() - _FORGET_SECONDS
        self._thread = threading.Thread(target=self._run, name="sender")
        self.is_working = True
        """Whether the last turn of the loop reached the store."""

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def wake(self) -> None:
        """Look for news now."""
        self._wake.set()

    def stop(self, *, timeout_seconds: float) -> None:
        """Take nothing new, wait a moment for what is under way, and note how it ended."""
        self._stopping.set()
        self._wake.set()
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def _run(self) -> None:
        packed_at_seconds = 0.0
        while not self._stopping.is_set():
            self._wake.wait(_PACK_SECONDS)
            self._stopping.wait(_TURN_SECONDS)
            self._wake.clear()
            now_seconds = self._clock.monotonic_seconds()
            is_packing = now_seconds - packed_at_seconds >= _PACK_SECONDS
            packed_at_seconds = now_seconds if is_packing else packed_at_seconds
            try:
                self.turn(is_packing=is_packing)
                self.is_working = True
            except sqlite3.Error as error:
                self.is_working = False
                log.warning("store_failed", error=str(error))
                self._stopping.wait(1.0)
        try:
            self._note()
        except sqlite3.Error as error:
            log.warning("store_failed", error=str(error))

    def turn(self, *, is_packing: bool = True) -> None:
        """Note what ended, pack what waits, hand out what is due."""
        self._note()
        if is_packing:
            self._searches.pack()
            for channel, count in self._searches.count_pending().items():
                self._metrics.messages_pending.labels(channel).set(count)
        for lane in self._lanes:
            self._hand_out(lane)
        self._forget()

    def _hand_out(self, lane: Lane) -> None:
        in_lane = [message_id for message_id, name in self._under_way.items() if name == lane]
        room = self._lanes[lane] * _WAITING_A_WORKER - len(in_lane)
        if room <= 0 or self._stopping.is_set():
            return
        due = self._searches.list_due(
            is_doubtful=lane == "again",
            without=in_lane,
            channels=tuple(self._send),
            limit=room,
        )
        for message in due:
            self._under_way[message.message_id] = lane
            self._pools[lane].submit(self._attempt, message)

    def _attempt(self, message: Message) -> None:
        error: SendError | None = None
        try:
            self._send[message.channel](message)
        except SendError as caught:
            error = caught
        except Exception as caught:
            log.exception("send_failed", channel=message.channel)
            error = SendError("unexpected", detail=type(caught).__name__)
        self._ended.put((message, self._judge(message, error)))
        self._wake.set()

    def _judge(self, message: Message, error: SendError | None) -> Attempt:
        now = self._clock.now()
        if error is None:
            return Attempt(message_id=message.message_id, is_sent=True, at=now)
        wait_seconds = backoff_seconds(
            message.attempts, base_seconds=_RETRY_SECONDS, cap_seconds=_RETRY_LIMIT_SECONDS
        )
        retry_at = now + timedelta(seconds=wait_seconds)
        is_over = error.is_final or retry_at > message.created_at + self._give_up
        return Attempt(
            message_id=message.message_id,
            is_sent=False,
            at=now,
            error=str(error),
            retry_at=None if is_over else retry_at,
        )

    def _note(self) -> None:
        ended: list[tuple[Message, Attempt]] = []
        while True:
            try:
                ended.append(self._ended.get_nowait())
            except Empty:
                break
        if not ended:
            return
        try:
            self._searches.note(attempt for _, attempt in ended)
        except sqlite3.Error:
            for each in ended:
                self._ended.put(each)
            raise
        for message, attempt in ended:
            del self._under_way[message.message_id]
            self._tell(message, attempt)

    def _tell(self, message: Message, attempt: Attempt) -> None:
        outcome = "sent" if attempt.is_sent else "retried" if attempt.retry_at else "failed"
        self._metrics.attempts.labels(message.channel, outcome).inc()
        if attempt.is_sent:
            for item in message.items:
                waited_seconds = (attempt.at - item.indexed_at).total_seconds()
                self._metrics.searchable_to_sent_seconds.labels(message.channel).observe(
                    max(0.0, waited_seconds)
                )
        log.log(
            20 if attempt.is_sent else 30,
            "message_attempted",
            channel=message.channel,
            outcome=outcome,
            saved_search=message.search.search_id,
            message=message.message_id,
            news=len(message.items),
            attempt=message.attempts + 1,
            error=attempt.error,
        )

    def _forget(self) -> None:
        now_seconds = self._clock.monotonic_seconds()
        if now_seconds - self._forgot_at_seconds < _FORGET_SECONDS:
            return
        self._forgot_at_seconds = now_seconds
        forgotten = self._searches.forget(found_before=self._clock.now() - self._keep)
        if forgotten:
            log.info("news_forgotten", news=forgotten)


def list_channels(*, has_mail: bool) -> tuple[Channel, ...]:
    """Return the channels that can be sent by."""
    return tuple(channel for channel in CHANNELS if channel != "email" or has_mail)
