"""A Variant: plain data that says everything about how to rank. Its digest is its identity."""

import hashlib
import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

NAME_LENGTH = 200
"""Characters that a name may have: a database has room for no more."""

LATER = ("orders", "rules", "diversity", "parameters")
"""Fields of a Variant that older ones have not."""


ParameterValue = str | int
"""What a template's parameter can be."""


class Plain(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TemplateSource(Plain):
    """A template's own text with its front matter, and the texts of the files that it includes."""

    name: str
    source: str
    includes: dict[str, str] = Field(default_factory=dict)


class Choice(Plain):
    """A name out of a closed table (METHODS, RETRIEVERS, EXEMPLAR_POLICIES, FUSIONS) with its options."""

    name: str
    options: dict[str, JsonValue] = Field(default_factory=dict)


class ModelSpec(Plain):
    """Which causal language model: an embedded model's name, a Hugging Face id or a local folder."""

    id: str = "smollm2-135m-instruct"
    revision: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"


class Variant(Plain):
    """Template, exemplar policy, retriever, model, ranking method, sizes and seed."""

    label: str = "A"
    template: TemplateSource
    parameters: dict[str, ParameterValue] = Field(default_factory=dict)
    """Values of the parameters that the template declares; those that are left out are as the template says."""
    exemplars: Choice = Choice(name="none")
    retriever: Choice = Choice(name="hybrid")
    embedder: str = ""
    """An embedder's name, Hugging Face id or folder; empty takes the default for the catalog's language."""
    n_candidates: int = Field(default=20, ge=1, le=1000)
    rules: tuple[str, ...] = ()
    """What candidates must be, whatever the source: lines as `year >= 1990` (see `retrieval/rules.py`)."""
    diversity: float = Field(default=0.0, ge=0.0, le=1.0)
    """How much candidates are to differ from one another: the weight of maximal marginal relevance, 0 for none."""
    model: ModelSpec = ModelSpec()
    method: Choice = Choice(name="likelihood")
    fusion: Choice = Choice(name="none")
    """What is added to the method's scores: retrieval and what other users took, with visible weights."""
    orders: int = Field(default=1, ge=1, le=50)
    """How many orders of the candidates and exemplars are ranked, and their scores averaged; the first is the given."""
    k: int = Field(default=10, ge=1, le=1000)
    seed: int = Field(default=0, ge=0, le=2**31 - 1)

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of everything but the label, over canonical JSON. What came later and is as it was before it
        came is left out, so that older bundles and scores keep their digest."""
        content = self.model_dump(mode="json", exclude={"label"})
        for name in LATER:
            if getattr(self, name) == type(self).model_fields[name].get_default(call_default_factory=True):
                del content[name]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def settings_of(variant: Variant) -> dict[str, str]:
    """Every setting as one line, by its dotted name; of the template the name alone."""
    found: dict[str, str] = {}

    def walk(name: str, value: object) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{name}.{key}" if name else key, inner)
        else:
            found[name] = str(value)

    walk("", variant.model_dump(mode="json", exclude={"label": True, "template": {"source", "includes"}}))
    return found
