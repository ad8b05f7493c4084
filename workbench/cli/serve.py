"""`workbench app`: the workbench in the browser."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.printing import say

Host = Annotated[str, typer.Option(help="Address to serve on; 0.0.0.0 opens it to the network, without a password.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to serve on.")]
Headless = Annotated[bool, typer.Option("--headless", help="Do not open a browser window.")]
Offline = Annotated[
    bool, typer.Option("--offline", help="Never ask the Hugging Face hub; use what is on this computer.")
]


def serve(host: Host = "127.0.0.1", port: Port = 8501, headless: Headless = False, offline: Offline = False) -> None:
    """Open the workbench in the browser.

    It serves on this computer only, unless told otherwise. Ctrl+C ends it; nothing is lost.

    Examples:

    - `workbench app`
    - `workbench app --port 8600 --headless`
    """
    command = streamlit_command(host, port, headless=headless)
    say(f"the workbench: http://{host}:{port}")
    sys.stderr.flush()
    # The server takes this process's place, so that signals and the exit code are its own.
    os.execve(sys.executable, command, environment(os.environ, offline=offline))


def streamlit_command(host: str, port: int, *, headless: bool) -> list[str]:
    script = Path(__file__).resolve().parent.parent / "ui" / "app.py"
    options = {
        "server.address": host,
        "server.port": str(port),
        "server.headless": str(headless).lower(),
        "server.showEmailPrompt": "false",
        # With its greeting goes Streamlit's offer, over the page, to install files for coding agents.
        "logger.hideWelcomeMessage": "true",
        "browser.gatherUsageStats": "false",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


def environment(base: Mapping[str, str], *, offline: bool) -> dict[str, str]:
    """`base` with what the model libraries read; what the user has set stays as it is."""
    defaults = {
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # Bars of models that are loaded, in the server's log.
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        # Tokenizers warn about, and then give up on, threads of their own beside the server's.
        "TOKENIZERS_PARALLELISM": "false",
        # Workers that spin while they wait take the two cores of a small machine from the page.
        "OMP_WAIT_POLICY": "PASSIVE",
    }
    forced = {"HF_HUB_OFFLINE": "1"} if offline else {}
    return {**defaults, **base, **forced}
