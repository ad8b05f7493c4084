"""Models fetched by name whatever their kind, and those that were: embedded, licensed, or of the Hugging Face hub."""

import json
from pathlib import Path

from workbench.engine.embedded import EMBEDDED, Say, is_present, pull
from workbench.engine.licensed import LICENSED, pull_licensed
from workbench.paths import Paths
from workbench.variant import ModelSpec


def pull_model(name: str, paths: Paths, *, accepted: bool = False, say: Say = lambda text: None) -> Path:
    """Fetch a model, check it where its SHA-256 is pinned, and convert it where it loads slowly; at once if all of that
    is done. `accepted`: its own terms, where it has some. Returns its folder. Raises ModelError."""
    if "/" in name:
        from workbench.engine.loading import locate

        say(f"fetching {name} from the Hugging Face hub")
        return locate(ModelSpec(id=name), paths)
    licensed = name in LICENSED
    folder = pull_licensed(name, paths, accepted=accepted, say=say) if licensed else pull(name, paths, say)
    if any(folder.glob("*.gguf")):
        from workbench.engine.loading import locate

        say(f"converting {name}, once")
        locate(ModelSpec(id=name), paths)
    return folder


def language_models_at_hand(paths: Paths) -> list[str]:
    """Names of the language models that run without fetching anything, and of the embedded ones, fetched when asked
    for."""
    embedded = [name for name, model in EMBEDDED.items() if model.kind == "language model"]
    return [*embedded, *(name for name in LICENSED if is_present(name, paths)), *hub_models()]


def hub_models() -> dict[str, int]:
    """Id -> megabytes of the causal language models in the Hugging Face cache, with weights that can be loaded."""
    from huggingface_hub.constants import HF_HUB_CACHE

    found = {}
    for config in sorted(Path(HF_HUB_CACHE).glob("models--*/snapshots/*/config.json")):
        weights = [file.stat().st_size for file in config.parent.glob("*.safetensors") if file.is_file()]
        if weights and _is_causal(config):
            name = config.parent.parent.parent.name.removeprefix("models--").replace("--", "/")
            found[name] = round(sum(weights) / 1e6)
    return found


def _is_causal(config: Path) -> bool:
    try:
        kinds = json.loads(config.read_text("utf-8")).get("architectures") or []
    except (OSError, ValueError, AttributeError):
        return False
    return any(kind.endswith("ForCausalLM") for kind in kinds)
