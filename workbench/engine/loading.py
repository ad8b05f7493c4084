"""From a ModelSpec to a tokenizer or an engine: which files, which device, which number type, which weights."""

import json
import logging
import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from workbench.engine.causal_lm import FrozenLM
from workbench.engine.embedded import EMBEDDED, file_sha256, is_present
from workbench.engine.licensed import LICENSED
from workbench.engine.number_types import number_type
from workbench.engine.prefix_cache import EngineCache, PromptCache
from workbench.engine.tokenizing import HubTokenizer
from workbench.engine.weights import kept_sha256
from workbench.errors import ModelError, Problem
from workbench.paths import Paths
from workbench.records import ModelIdentity
from workbench.variant import ModelSpec

log = logging.getLogger(__name__)
CACHE_BYTES = 1 << 30
OWN_MASK = {"doge"}
"""Model types whose mask says more than who stands before whom."""
MOVING_ROPE = {"dynamic", "longrope"}
"""Rotary positions that are not the same for a token whatever comes after it: what was read can't be reused."""
CONVERTED = "converted-2"
"""Name of the folder of converted models; a change of what conversion writes changes it."""


def load_tokenizer(spec: ModelSpec, paths: Paths) -> HubTokenizer:
    """The tokenizer alone: a fraction of a second for an embedded model. Raises ModelError."""
    folder = locate(spec, paths, weights=False)
    try:
        return _tokenizer(folder)
    except (OSError, ValueError) as error:
        raise _unreadable(spec, error) from error


def load_engine(spec: ModelSpec, paths: Paths, *, cache: PromptCache | None = None) -> FrozenLM:
    """The model, frozen, on the best device at hand (CUDA, then MPS, then CPU). Raises ModelError."""
    folder = locate(spec, paths)
    numbers = number_type(spec)
    try:
        tokenizer = _tokenizer(folder)
        model = AutoModelForCausalLM.from_pretrained(
            # Of other files nothing is hashed, and a pickle is never read.
            folder,
            dtype=numbers.dtype,
            trust_remote_code=False,
            local_files_only=True,
            use_safetensors=True,
        )
    except (OSError, ValueError) as error:
        raise _unreadable(spec, error) from error
    _check_supported(spec, model)
    identity = ModelIdentity(
        id=spec.id,
        revision=_revision(spec, folder),
        weights_sha256=_weights_sha256(folder, paths.cache),
        dtype=numbers.name,
        device=numbers.device,
        context_window=tokenizer.context_window,
        parameters=sum(p.numel() for p in model.parameters()),
    )
    return FrozenLM(model.to(numbers.device), tokenizer, identity, cache or EngineCache(CACHE_BYTES))


def locate(spec: ModelSpec, paths: Paths, *, weights: bool = True) -> Path:
    """The folder that transformers loads: converted from an embedded model, local, or a hub snapshot, of which the
    weights can be left out."""
    if spec.id in EMBEDDED or spec.id in LICENSED:
        return _embedded(spec.id, paths)
    local = Path(spec.id).expanduser()
    if local.is_dir():
        return local
    try:
        from huggingface_hub import snapshot_download

        patterns = ["*.json", "*.model", "*.txt", "*.jinja", *(["*.safetensors"] if weights else [])]
        return Path(snapshot_download(spec.id, revision=spec.revision, allow_patterns=patterns))
    except Exception as error:  # the hub's client raises errors of several libraries for one thing: not to be had
        what = f"{spec.id!r} is no embedded model, no folder, and could not be had from the Hugging Face hub"
        known = ", ".join([*EMBEDDED, *LICENSED])
        said = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        fix = f"known embedded models: {known}; the hub said: {said}"
        raise ModelError(Problem(what, "model", fix)) from error


def _embedded(name: str, paths: Paths) -> Path:
    if not is_present(name, paths):
        raise ModelError(
            Problem(f"the model {name!r} is not on this computer", "model", f"workbench models pull {name}")
        )
    source = paths.models / name
    ggufs = sorted(source.glob("*.gguf"))
    if not ggufs:
        return source
    target = paths.cache / CONVERTED / name
    if not (target / "source.json").is_file():
        _convert(ggufs[0], target)
    return target


def _convert(gguf: Path, target: Path) -> None:
    """Read the GGUF once (some 15 s) and keep it as float32 safetensors, loaded in a second from then on."""
    log.info("converting %s", gguf.name)
    config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
    read = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    # A model read from GGUF refuses to be saved; its weights in a model of the same shape do not.
    plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    plain.load_state_dict(read.state_dict())
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        folder = Path(scratch) / "model"
        plain.save_pretrained(folder)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
        (folder / "source.json").write_text(json.dumps({"file": gguf.name, "sha256": file_sha256(gguf)}))
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)


def _tokenizer(folder: Path) -> HubTokenizer:
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True).get_text_config()
    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    if not tokenizer.is_fast:
        raise ValueError("its tokenizer has no fast form, which the preview and the scorer need")
    ends = {tokenizer.eos_token_id}
    for value in (config.eos_token_id, *_generation_ends(folder)):
        ends.update(value if isinstance(value, list) else [value])
    window = int(getattr(config, "max_position_embeddings", 0) or 0) or 1 << 20
    return HubTokenizer(tokenizer, context_window=window, end_tokens=frozenset(int(e) for e in ends if e is not None))


def _generation_ends(folder: Path) -> list[Any]:
    file = folder / "generation_config.json"
    return [json.loads(file.read_text()).get("eos_token_id")] if file.is_file() else []


def _check_supported(spec: ModelSpec, model: Any) -> None:
    if why := _unpackable(model):
        fix = "choose a transformer with full or sliding attention (Llama, Qwen, Gemma, GPT-2, Mistral, …)"
        raise ModelError(Problem(f"{spec.id!r} ({type(model).__name__}) can't be packed: {why}", "model", fix))


def _unpackable(model: Any) -> str:
    """Why packed scores of this model would not be those of plain forwards; "" where they are."""
    config = model.config.get_text_config()
    odd = set(getattr(config, "layer_types", None) or ["full_attention"]) - {"full_attention", "sliding_attention"}
    if odd:
        return f"layers of kind {', '.join(sorted(odd))}"
    if not model._supports_attention_backend or config.model_type in OWN_MASK:
        return "its attention can't be replaced"
    if any(name.rpartition(".")[2] == "sinks" for name, _ in model.named_parameters()):
        return "its attention has sinks"
    ropes = getattr(config, "rope_parameters", None) or {}
    kinds = {str(r.get("rope_type")) for r in (ropes, *ropes.values()) if isinstance(r, dict)}
    if moving := kinds & MOVING_ROPE:
        return f"the frequencies of its positions ({', '.join(sorted(moving))}) change with the length of a text"
    return ""


def _revision(spec: ModelSpec, folder: Path) -> str:
    if spec.id in EMBEDDED:
        return f"{EMBEDDED[spec.id].package} {EMBEDDED[spec.id].version}"
    if spec.id in LICENSED:
        return f"{LICENSED[spec.id].terms.package} {LICENSED[spec.id].terms.version}"
    # A hub snapshot's folder is named by its commit.
    return folder.name if folder.parent.name == "snapshots" else (spec.revision or "local")


def _weights_sha256(folder: Path, cache: Path) -> str:
    """Over the weight files as on disk."""
    source = folder / "source.json"
    if source.is_file():
        return str(json.loads(source.read_text())["sha256"])
    return kept_sha256(sorted(folder.glob("*.safetensors")), cache)


def _unreadable(spec: ModelSpec, error: Exception) -> ModelError:
    first = (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
    fix = "it must be a folder or hub repository with config.json, a fast tokenizer and *.safetensors"
    return ModelError(Problem(f"could not load {spec.id!r}: {first}", "model", fix))
