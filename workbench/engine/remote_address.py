"""How a model on a server is named: `http://HOST:PORT/v1#MODEL`, with `?tokenizer=FOLDER_OR_ID` if one is at hand."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, urlsplit

from workbench.errors import ModelError, Problem

REMOTE = "remote"
UNVERIFIED = f"{REMOTE}: can't be verified"
"""What stands for the SHA-256 of weights that nobody here can read."""
SHAPE = "http://127.0.0.1:8000/v1#model-name"
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Address:
    """A model on an OpenAI-compatible server. `base` ends before `/completions`; `model` is "" for the server as such;
    `tokenizer` is what `load_tokenizer` reads, "" for the server's own."""

    base: str
    model: str = ""
    tokenizer: str = ""

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
        problems = list(_problems(parts, [name for name, _ in pairs]))
    except ValueError as error:
        raise ModelError(Problem(f"can't be read as an address: {error}", "model", f"write {SHAPE}")) from error
    if problems:
        raise ModelError(*problems)
    base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
    return Address(base, parts.fragment, dict(pairs).get("tokenizer", ""))


def _problems(parts: SplitResult, names: list[str]) -> list[Problem]:
    found = []
    if "@" in parts.netloc:
        # Not repeated in the message: it would be kept with the failed run.
        found.append(Problem("the address holds a name or a key", "model", "leave out what stands before the @"))
        return found
    if parts.scheme not in ("http", "https") or not parts.hostname:
        found.append(Problem("no address of a server", "model", f"write {SHAPE}"))
    else:
        _ = parts.port  # raises ValueError for what is no port
    unknown = sorted(set(names) - {"tokenizer"})
    if unknown or len(names) > 1:
        what = f"unknown {', '.join(unknown)} in the address" if unknown else "tokenizer is given twice"
        found.append(Problem(what, "model", "only ?tokenizer=FOLDER_OR_ID can stand there, once"))
    return found
