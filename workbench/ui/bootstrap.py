"""What all sessions share: the paths, the store, the workshop and the runner, made once per server."""

import atexit
import os
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from workbench.experiments.background import ExperimentRunner
from workbench.inventory import Inventory
from workbench.jobs import Runner
from workbench.paths import Paths, default_paths
from workbench.search.background import SearchRunner
from workbench.store.store import Store
from workbench.tasks import Tasks
from workbench.workshop import Workshop


@dataclass(frozen=True, slots=True)
class Shared:
    """Thread-safe, used by every session of the server."""

    paths: Paths
    store: Store
    workshop: Workshop
    runner: Runner
    experiments: ExperimentRunner


@st.cache_resource(max_entries=1, show_spinner="Opening the workbench …")
def shared() -> Shared:
    paths = default_paths()
    store = Store(paths.database_url)
    workshop = Workshop(paths, store, environment=os.environ)
    runner = Runner(store, workshop.recommend)
    experiments = ExperimentRunner(store, workshop)
    atexit.register(runner.shutdown)
    atexit.register(experiments.shutdown)
    return Shared(paths, store, workshop, runner, experiments)


@st.cache_resource(max_entries=1)
def inventory() -> Inventory:
    """What stands of every catalog."""
    return Inventory(shared().workshop)


@st.cache_resource(max_entries=4)
def tasks(kind: Literal["import", "cases", "index", "model"]) -> Tasks:
    """The tasks of this server, those of a kind one after another."""
    return Tasks()


@st.cache_resource(max_entries=1)
def searching() -> SearchRunner:
    """The searches of this server."""
    runner = SearchRunner(shared().store, shared().workshop)
    atexit.register(runner.shutdown)
    return runner
