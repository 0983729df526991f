"""Reads the demo without a socket, on a clock that stands still: for tests.

What comes in: a world, addresses. What goes out: the same responses that the server gives.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import httpx

from deploy.demo.server import Hits, build_app
from deploy.demo.world import World


class HandClock:
    """A clock that stands still until it is moved.

    >>> clock = HandClock()
    >>> clock.pass_seconds(5)
    >>> clock().isoformat()
    '2026-11-21T02:30:05+00:00'
    """

    def __init__(self, start: datetime = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)) -> None:
        self.now = start

    def __call__(self) -> datetime:
        """The time now."""
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        """Move the clock ahead."""
        self.now += timedelta(seconds=seconds)


class Reader:
    """Asks a world's app for pages, and its control port to do things."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.hits = Hits()
        self._app = build_app(world, self.hits)

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, method: str = "GET"
    ) -> httpx.Response:
        """Read one address; redirects are not followed."""
        return self._request(method, url, headers=headers)

    def order(self, path: str, body: object = None) -> httpx.Response:
        """Post an order to the control port."""
        return self._request("POST", self.world.control_url + path, json=body)

    def _request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self._app)
            async with httpx.AsyncClient(transport=transport) as client:
                return await client.request(method, url, headers=headers, json=json)

        return asyncio.run(ask())
