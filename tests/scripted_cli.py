"""`workbench` as a process of its own over models that answer as told: `python scripted_cli.py SECONDS ARGUMENTS…`,
each answer taking that many seconds."""

import sys
import time

from pages import LIKELY, ScriptedWorkshop

from workbench.cli import wiring
from workbench.cli.main import main
from workbench.engine.scripted import ScriptedEngine, by_table
from workbench.paths import default_paths
from workbench.store.store import Store

if __name__ == "__main__":
    seconds, answer = float(sys.argv[1]), by_table(LIKELY)

    class Slow(ScriptedWorkshop):
        scripted = ScriptedEngine(lambda prompt, title: (time.sleep(seconds), answer(prompt, title))[1])

    wiring.open_workshop = lambda: Slow(default_paths(), Store(default_paths().database_url))
    sys.exit(main(sys.argv[2:]))
