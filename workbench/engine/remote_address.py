"""How a model on a server is named: `http://HOST:PORT/v1#MODEL`, with `?tokenizer=FOLDER_OR_ID` if one is at hand and
`?parallel=N` for a server that is to be asked more or less at a time."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from workbench.errors import ModelError, Problem

REMOTE = "remote"
UNVERIFIED = f"{REMOTE}: can't be verified"
"""What stands for the SHA-256 of weights that nobody here can read."""
SHAPE = "http://127.0.0.1:8000/v1#model-name"
PARALLEL = 8
"""Requests that a server is asked at a time, unless its address says otherwise."""
MOST_PARALLEL = 64
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Address:
    """A model on an OpenAI-compatible server. `base` ends before `/completions`; `model` is "" for the server as such;
    `tokenizer` is what `load_tokenizer` reads, "" for the server's own; `parallel` is how many requests are in
    flight at most."""

    base: str
    model: str = ""
    tokenizer: str = ""
    parallel: int = PARALLEL

    @property
    def host(self) -> str:
        """Host and, where given, port."""
        return urlsplit(self.base).netloc

    @property
    def key_name(self) -> str:
        """The environment variable of this host's key. One for each host: a bundle that names a stranger's server must
        not be handed the key of another."""
        # Hyphens are doubled, so that no two hosts share a variable.
        written = self.host.strip("[").replace("]", "").replace("-", "__")
        return "WORKBENCH_API_KEY_" + "".join(c if c.isalnum() or c == "_" else "_" for c in written).upper()

    @property
    def is_loopback(self) -> bool:
        """Whether the server is this machine, so that prompts stay on it."""
        name = urlsplit(self.base).hostname or ""
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"


def is_remote(model_id: str) -> bool:
    """Whether a ModelSpec's id names a model on a server."""
    return model_id.startswith(_SCHEMES)


def parse_address(model_id: str) -> Address:
    """Raises ModelError, with every problem at once, for what is no address of a model on a server."""
    address = parse_server(model_id)
    if not address.model:
        fix = f"write it after #, as in {SHAPE}; `workbench models list --server {address.base}` lists them"
        raise ModelError(Problem("the address names no model", model_id, fix))
    return address


def parse_server(text: str) -> Address:
    """As `parse_address`; the model may be missing."""
    try:
        parts = urlsplit(text.strip())
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        problems = [*_problems(parts), *_wrong_options(pairs)]
    except ValueError as error:
        raise ModelError(Problem(f"can't be read as an address: {error}", "model", f"write {SHAPE}")) from error
    if problems:
        raise ModelError(*problems)
    base, given = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}", dict(pairs)
    return Address(base, parts.fragment, given.get("tokenizer", ""), int(given.get("parallel", PARALLEL)))


def _problems(parts: SplitResult) -> list[Problem]:
    if "@" in parts.netloc:
        # Not repeated in the message: it would be kept with the failed run.
        return [Problem("the address holds a name or a key", "model", "leave out what stands before the @")]
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [Problem("no address of a server", "model", f"write {SHAPE}")]
    _ = parts.port  # raises ValueError for what is no port
    return []


def _wrong_options(pairs: list[tuple[str, str]]) -> list[Problem]:
    found, names = [], [name for name, _ in pairs]
    allowed = "only ?tokenizer=FOLDER_OR_ID and ?parallel=N can stand there, once each, with & between them"
    if unknown := sorted(set(names) - {"tokenizer", "parallel"}):
        found.append(Problem(f"unknown {', '.join(unknown)} in the address", "model", allowed))
    if twice := sorted({name for name in names if names.count(name) > 1} - set(unknown)):
        found.append(Problem(f"{', '.join(twice)} given twice in the address", "model", allowed))
    for name, value in pairs:
        if name == "parallel" and not (value.isascii() and value.isdigit() and 1 <= int(value) <= MOST_PARALLEL):
            fix = f"write how many requests the server is asked at a time, from 1 to {MOST_PARALLEL}"
            found.append(Problem(f"parallel={value} in the address", "model", fix))
    return found
