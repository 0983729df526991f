"""Serves a world on loopback ports: one an outlet, one for control.

What comes in: a world, HTTP requests. What goes out: pages with validators and correct 304s, and
JSON on the control port. `running_demo` runs it all in-process, on a thread, for tests.

The app tells outlets apart by the port that a connection came in on.
"""

import json
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.demo.outlets import AMP_PORT_OFFSET, CONTROL_PORT_OFFSET, OUTLETS, Outlet
from deploy.demo.pages import Page, PageMaker, asked_target
from deploy.demo.stories import Happening, Story
from deploy.demo.world import Article, Clock, NoSuchArticleError, World

HOST = "127.0.0.1"
_START_SECONDS = 10.0
_FIRST_FREE_BASE, _LAST_FREE_BASE, _BASE_STEP = 27_000, 32_000, 10


class PortTakenError(OSError):
    """A port of the demo is already in use."""


class Hits:
    """Counts requests by outlet, path and status; those that robots.txt forbids apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._statuses: dict[str, Counter[int]] = {}
        self._forbidden: Counter[str] = Counter()

    def count(self, target: str, status: int, *, is_forbidden: bool) -> None:
        """Note one answered request."""
        with self._lock:
            self._statuses.setdefault(target, Counter())[status] += 1
            if is_forbidden:
                self._forbidden[target] += 1

    def report(self) -> dict[str, Any]:
        """All counts, as the control port shows them."""
        with self._lock:
            paths = {
                target: {
                    "count": counts.total(),
                    "statuses": {str(k): v for k, v in counts.items()},
                }
                for target, counts in sorted(self._statuses.items())
            }
            return {
                "total": sum(counts.total() for counts in self._statuses.values()),
                "paths": paths,
                "forbidden": dict(self._forbidden),
            }

    def clear(self) -> None:
        """Forget all counts."""
        with self._lock:
            self._statuses.clear()
            self._forbidden.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo: its world, its hits, its addresses."""

    world: World
    hits: Hits
    port_base: int

    @property
    def control_url(self) -> str:
        """The address of the control port."""
        return self.world.control_url

    def base_url(self, outlet: str) -> str:
        """The address of an outlet's front page."""
        return self.world.base_url(outlet)

    def sources(self) -> str:
        """The sources file for the crawler, as YAML."""
        return sources_yaml(self.port_base)


def build_app(world: World, hits: Hits) -> ASGIApp:
    """The whole demo as one ASGI app; `scope["server"]` says which outlet is asked."""
    maker = PageMaker(world)
    base = world.port_base
    apps: dict[int, ASGIApp] = {
        base + outlet.port_offset: _outlet_app(outlet, maker, hits) for outlet in OUTLETS.values()
    }
    apps[base + AMP_PORT_OFFSET] = _amp_app(maker, hits)
    apps[base + CONTROL_PORT_OFFSET] = ControlDesk(world, hits).build_app()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        chosen = apps.get((scope.get("server") or (HOST, 0))[1])
        if chosen is None:
            chosen = PlainTextResponse("No outlet is served on this port.\n", status_code=421)
        await chosen(scope, receive, send)

    return app


def answer(page: Page, headers: Mapping[str, str]) -> Response:
    """Turn a page into a response; 304 when the reader's validators still hold."""
    if page.location is not None:
        return Response(status_code=page.status, headers={"Location": page.location})
    out: dict[str, str] = {}
    if page.etag is not None:
        out["ETag"] = page.etag
    if page.last_modified is not None:
        out["Last-Modified"] = format_datetime(_whole_seconds(page.last_modified), usegmt=True)
    if page.status == 200 and _is_unchanged(page, headers):  # noqa: PLR2004 - OK
        return Response(status_code=304, headers=out)
    return Response(page.body, status_code=page.status, media_type=page.media_type, headers=out)


def sources_yaml(port_base: int) -> str:
    """The sources file that makes a crawler watch the demo.

    >>> yaml.safe_load(sources_yaml(26200))["sources"][0]["id"]
    'demo-laodong'
    """
    sources = []
    for outlet in OUTLETS.values():
        host = f"{HOST}:{port_base + outlet.port_offset}"
        base = f"http://{host}"
        sources.append(
            {
                "id": f"demo-{outlet.id}",
                "site": outlet.site,
                "outlet": outlet.name,
                "feeds": [base + feed.path for feed in outlet.feeds],
                "sitemaps": [base + outlet.sitemap],
                "sections": [base + outlet.path_of_section(section) for section in outlet.sections],
                "allowed_hosts": [host],
                "private_addresses": [host],
            }
        )
    return yaml.safe_dump({"sources": sources}, allow_unicode=True, sort_keys=False)


@contextmanager
def running_demo(
    *,
    port_base: int | None = None,
    clock: Clock = lambda: datetime.now(UTC),
    speed: float = 1.0,
    state: Path | None = None,
    stories: Mapping[str, Story] | None = None,
    happenings: tuple[Happening, ...] | None = None,
) -> Iterator[Demo]:
    """Run the demo on a thread until the block ends; a free port base is chosen if none is given.

    Raises PortTakenError when a port is in use. Options are those of `World`; `state` is the file
    that keeps the start and all orders between runs.
    """
    base, sockets = bind_ports(port_base)
    try:
        world = World(
            port_base=base,
            clock=clock,
            speed=speed,
            journal=state,
            stories=stories,
            happenings=happenings,
        )
        hits = Hits()
        server = uvicorn.Server(
            uvicorn.Config(
                build_app(world, hits),
                lifespan="off",
                ws="none",
                http="h11",
                loop="asyncio",
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=2,
            )
        )
    except BaseException:
        for each in sockets:
            each.close()
        raise
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": sockets}, name="demo-server", daemon=True
    )
    thread.start()
    try:
        _wait_until_started(server, thread)
        yield Demo(world=world, hits=hits, port_base=base)
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)


def bind_ports(port_base: int | None) -> tuple[int, list[socket.socket]]:
    """Open all of the demo's ports at a base, or at the first base where all of them are free."""
    if port_base is not None:
        return port_base, _bind_all(port_base)
    bases = range(_FIRST_FREE_BASE, _LAST_FREE_BASE, _BASE_STEP)
    start = os.getpid() % len(bases)  # two test runs at once should not race for the same base
    for base in [*bases[start:], *bases[:start]]:
        try:
            return base, _bind_all(base)
        except PortTakenError:
            continue
    raise PortTakenError("No ten free ports in a row; pass --port-base.")


def _bind_all(base: int) -> list[socket.socket]:
    offsets = [outlet.port_offset for outlet in OUTLETS.values()]
    opened: list[socket.socket] = []
    for offset in (*offsets, AMP_PORT_OFFSET, CONTROL_PORT_OFFSET):
        # With the protocol named, asyncio sets TCP_NODELAY; without it each answer takes 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.append(listener)
        try:
            listener.bind((HOST, base + offset))
            listener.listen(256)
        except OSError as error:
            for each in opened:
                each.close()
            raise PortTakenError(
                f"Port {base + offset} is in use; choose another --port-base."
            ) from error
    return opened


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    waited = threading.Event()
    for _ in range(int(_START_SECONDS / 0.01)):
        if server.started:
            return
        if not thread.is_alive():
            break
        waited.wait(0.01)
    raise RuntimeError("The demo's server did not start; see the log above.")


def _outlet_app(outlet: Outlet, maker: PageMaker, hits: Hits) -> ASGIApp:
    return _reading_app(
        outlet.id, lambda target: maker.page_at(outlet, target), outlet.is_forbidden, hits
    )


def _amp_app(maker: PageMaker, hits: Hits) -> ASGIApp:
    return _reading_app("laodong-amp", maker.amp_page_at, lambda _path: False, hits)


def _reading_app(
    name: str, page_for: Callable[[str], Page], is_forbidden: Callable[[str], bool], hits: Hits
) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        if request.method not in {"GET", "HEAD"}:
            await PlainTextResponse("Read only.\n", status_code=405)(scope, receive, send)
            return
        path = request.url.path
        target = asked_target(path, request.url.query)
        page = page_for(target)  # under a millisecond: a thread would cost more
        response = answer(page, request.headers)
        hits.count(f"{name} {target}", response.status_code, is_forbidden=is_forbidden(path))
        await response(scope, receive, send)

    return app


def _is_unchanged(page: Page, headers: Mapping[str, str]) -> bool:
    asked = headers.get("if-none-match")
    if asked is not None:  # RFC 9110: it makes If-Modified-Since irrelevant
        tags = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
        return page.etag is not None and ("*" in tags or page.etag.removeprefix("W/") in tags)
    since = headers.get("if-modified-since")
    if since is None or page.last_modified is None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    if moment.tzinfo is None:
        return False
    return _whole_seconds(page.last_modified) <= moment


def _whole_seconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


# --- control -------------------------------------------------------------------------------


Order = Callable[[Request, dict[str, Any]], object]


class ControlDesk:
    """What the control port does: orders to the world, and reports about it."""

    def __init__(self, world: World, hits: Hits) -> None:
        self._world = world
        self._hits = hits

    def build_app(self) -> Starlette:
        """The control port as an app."""
        world = self._world
        posts: dict[str, Order] = {
            "/advance": self._advance,
            "/publish": self._publish,
            "/correct": self._correct,
            "/withdraw": self._change(world.withdraw),
            "/restore": self._change(world.restore),
            "/shuffle-related": self._change(world.shuffle_related),
            "/block": self._block,
            "/bulk": self._bulk,
            "/hits/clear": self._clear_hits,
        }
        gets: dict[str, Order] = {
            "/healthz": self._health,
            "/ledger": lambda _request, _body: {"articles": world.ledger()},
            "/hits": lambda _request, _body: self._hits.report(),
        }
        routes = [Route(path, _json_endpoint(do), methods=["POST"]) for path, do in posts.items()]
        routes += [Route(path, _json_endpoint(do), methods=["GET"]) for path, do in gets.items()]
        return Starlette(routes=routes)

    def _advance(self, request: Request, _body: dict[str, Any]) -> object:
        self._world.advance(float(request.query_params["seconds"]))
        return {"script_seconds": self._world.script_seconds()}

    def _publish(self, _request: Request, body: dict[str, Any]) -> object:
        paragraphs = [*body.pop("body", ()), *(f"![{words}]" for words in body.pop("captions", ()))]
        pieces = [body["text"], *paragraphs] if "text" in body else paragraphs
        story = Story.model_validate({**body, "text": "\n\n".join(pieces)})
        return self._world.ledger_entry(self._world.publish(story))

    def _correct(self, _request: Request, body: dict[str, Any]) -> object:
        edits = [(str(old), str(new)) for old, new in body["replace"]]
        article = self._world.correct(body["article"], replace=edits, slug=body.get("slug"))
        return self._world.ledger_entry(article)

    def _bulk(self, request: Request, _body: dict[str, Any]) -> object:
        seed = int(request.query_params.get("seed", "0"))
        made = self._world.bulk(int(request.query_params["count"]), seed=seed)
        return {"count": len(made), "urls": [self._world.url_of(article) for article in made]}

    def _block(self, _request: Request, body: dict[str, Any]) -> object:
        if "outlet" not in body:
            return self._world.ledger_entry(self._world.block(body["article"]))
        is_blocked = bool(body.get("is_blocked", True))
        self._world.block_outlet(body["outlet"], is_blocked=is_blocked)
        return {"outlet": body["outlet"], "is_blocked": is_blocked}

    def _change(self, change: Callable[[str], Article]) -> Order:
        return lambda _request, body: self._world.ledger_entry(change(body["article"]))

    def _clear_hits(self, _request: Request, _body: dict[str, Any]) -> object:
        self._hits.clear()
        return self._hits.report()

    def _health(self, _request: Request, _body: dict[str, Any]) -> object:
        return {
            "status": "ok",
            "script_seconds": self._world.script_seconds(),
            "started_at": self._world.started_at.isoformat(),
            "articles": dict(Counter(article["outlet"] for article in self._world.ledger())),
        }


def _json_endpoint(do: Order) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        try:
            body = json.loads(raw) if raw else {}
            return JSONResponse(do(request, body))
        except NoSuchArticleError as error:
            return JSONResponse({"error": str(error)}, status_code=404)
        except KeyError as error:
            return JSONResponse({"error": f"{error.args[0]!r} is missing."}, status_code=422)
        except ValidationError as error:
            wrong = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in wrong["loc"])
            return JSONResponse({"error": f"{where}: {wrong['msg']}."}, status_code=422)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=422)

    return endpoint
