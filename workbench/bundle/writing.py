"""A Bundle as a zip: the same bundle gives the same bytes."""

import hashlib
import io
import zipfile
from pathlib import PurePosixPath

from workbench.bundle.record import (
    EXEMPLARS,
    INCLUDES,
    ITEMS,
    MANIFEST,
    RANKINGS,
    README,
    TEMPLATE,
    Bundle,
    Manifest,
    Solved,
)
from workbench.errors import BundleError, Problem, raise_all
from workbench.records import Exemplar, Item
from workbench.store.documents import Document

SOLVED = Document(tuple[Solved, ...])
EXEMPLAR, ITEM, MANIFEST_DOCUMENT = Document(Exemplar), Document(Item), Document(Manifest)

_README = """\
# {variant} on {catalog}

An export of the recommendation workbench {code_version}: one prompt template with its settings, and the
ranked lists it made.

    workbench rank --bundle THIS_FOLDER_OR_ZIP

reruns it and says whether the lists come out the same: same order, scores within 0.001. It needs the catalog
`{catalog}` (fingerprint {fingerprint}) and the model `{model}`
(weights {weights}, {dtype}).

| file | what it holds |
|---|---|
| `manifest.json` | variant, model, catalog, and the SHA-256 of every other file |
| `template.j2`, `includes/` | the prompt template and the files it includes |
| `exemplars.jsonl`, `items.jsonl` | the exemplars that were shown, and every item that the prompts name |
| `rankings.json` | the cases, and the rankings with scores, prompts and what the model wrote |
"""


def write_bundle(bundle: Bundle) -> bytes:
    """The bytes of the zip. Raises BundleError for an include whose name is no plain relative path."""
    members = _members(bundle)
    raise_all(
        BundleError, [Problem(f"unsafe name {name!r}", "bundle", "rename it") for name in members if unsafe(name)]
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on every system, for equal bytes
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, members[name])
    return stream.getvalue()


def unsafe(name: str) -> bool:
    """Whether a member's name could lead out of the bundle or means another thing on another system."""
    path = PurePosixPath(name)
    odd = any(character in name for character in '\\:\0"<>|?*')
    return odd or path.is_absolute() or ".." in path.parts or name != str(path)


def _members(bundle: Bundle) -> dict[str, bytes]:
    template = bundle.variant.template
    texts = {
        TEMPLATE: template.source,
        **{INCLUDES + name: text for name, text in template.includes.items()},
        EXEMPLARS: "".join(EXEMPLAR.dump(exemplar) + "\n" for exemplar in bundle.exemplars),
        ITEMS: "".join(ITEM.dump(item) + "\n" for item in bundle.items),
        RANKINGS: SOLVED.dump(bundle.solved, indent=2) + "\n",
        README: _readme(bundle),
    }
    members = {name: text.encode() for name, text in texts.items()}
    manifest = Manifest(
        code_version=bundle.code_version,
        variant=bundle.variant.model_dump(mode="json", exclude={"template": {"source", "includes"}}),
        variant_digest=bundle.variant.digest,
        model=bundle.model,
        catalog=bundle.catalog,
        catalog_fingerprint=bundle.catalog_fingerprint,
        sha256={name: hashlib.sha256(content).hexdigest() for name, content in sorted(members.items())},
    )
    return {MANIFEST: (MANIFEST_DOCUMENT.dump(manifest, indent=2) + "\n").encode(), **members}


def _readme(bundle: Bundle) -> str:
    return _README.format(
        variant=f"{bundle.variant.template.name} (variant {bundle.variant.label})",
        catalog=bundle.catalog.name,
        code_version=bundle.code_version,
        fingerprint=bundle.catalog_fingerprint,
        model=bundle.model.id,
        weights=bundle.model.weights_sha256,
        dtype=bundle.model.dtype,
    )
