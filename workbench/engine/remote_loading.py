"""From a ModelSpec that names a server to a client, a tokenizer and an engine."""

from workbench.engine.remote import RemoteLM, RemoteTokenizer
from workbench.engine.remote_address import REMOTE, UNVERIFIED, Address, parse_address
from workbench.engine.remote_client import Client, Json, Patience
from workbench.engine.remote_tokenizer import UNKNOWN_WINDOW, server_tokenizer
from workbench.errors import ModelError, Problem
from workbench.paths import Paths
from workbench.records import ModelIdentity
from workbench.variant import ModelSpec


def connect(spec: ModelSpec, key: str = "", patience: Patience = Patience()) -> Client:
    """Raises ModelError for an address that is none, and for settings that only the server has."""
    given = [name for name in ("revision", "dtype", "device") if getattr(spec, name) != _default(name)]
    if given:
        fix = "leave them as they are: the server has its own"
        raise ModelError(Problem(f"{', '.join(given)} of a model on a server can't be chosen here", "model", fix))
    return Client(parse_address(spec.id), key, patience)


def _default(name: str) -> object:
    return ModelSpec.model_fields[name].default


def load_remote_tokenizer(client: Client, paths: Paths) -> RemoteTokenizer:
    """The tokenizer that the address names, else the server's own, else an estimate. Raises ModelError."""
    window = _window(client)
    if not client.address.tokenizer:
        return server_tokenizer(client, window or UNKNOWN_WINDOW)
    from workbench.engine.loading import load_tokenizer

    tokenizer = load_tokenizer(ModelSpec(id=client.address.tokenizer), paths)
    tokenizer.context_window = min(tokenizer.context_window, window or tokenizer.context_window)
    return tokenizer


def load_remote(spec: ModelSpec, client: Client, paths: Paths) -> RemoteLM:
    """Raises ModelError where the server can't be reached or refuses the key."""
    tokenizer = load_remote_tokenizer(client, paths)
    identity = ModelIdentity(spec.id, REMOTE, UNVERIFIED, REMOTE, REMOTE, tokenizer.context_window, 0)
    return RemoteLM(client, tokenizer, identity)


def _window(client: Client) -> int | None:
    """The context window that the server states for the model."""
    entry = next((e for e in client.models() or () if e.get("id") == client.address.model), {})
    stated = entry.get("max_model_len")
    return stated if isinstance(stated, int) and stated > 0 else None


def list_models(address: Address, key: str = "") -> list[Json]:
    """What a server serves. Raises ModelError where it does not say."""
    found = Client(address, key).models()
    if found is None:
        raise ModelError(Problem("the server does not list its models", address.host, "ask who runs it"))
    return found
