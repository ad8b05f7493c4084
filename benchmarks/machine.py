"""What a table was measured on, in one line."""

import os
import platform
from pathlib import Path


def machine() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.is_file() else []
    names = sorted({line.split(":")[1].strip() for line in lines if line.startswith("model name")})
    cpu = ", ".join(names) or platform.processor() or platform.machine()
    load = os.getloadavg()[0]
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}; load at the start {load:.1f}."
