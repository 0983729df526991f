"""A world with a clock that tests move by hand, read through the app without a network."""

import pytest

from deploy.demo.in_process import HandClock, Reader
from deploy.demo.stories import Story, load_stories
from deploy.demo.world import World

PORT_BASE = 26_200


@pytest.fixture(scope="session")
def stories() -> dict[str, Story]:
    return load_stories()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def world(clock: HandClock, stories: dict[str, Story]) -> World:
    return World(port_base=PORT_BASE, clock=clock, stories=stories)


@pytest.fixture
def reader(world: World) -> Reader:
    return Reader(world)
