"""`workbench models`: the embedded models, listed and fetched; those of a server, listed and tried."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli import arguments as arg
from workbench.cli import wiring
from workbench.cli.printing import print_json, print_table, say
from workbench.paths import default_paths

if TYPE_CHECKING:
    from workbench.variant import ModelSpec

app = typer.Typer(
    no_args_is_help=True,
    help="Models: the embedded ones. Any other is named by its Hugging Face id, or by a server's address.",
)
Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", show_default=False)]
Accept = Annotated[bool, typer.Option("--accept-licence", help="I have read and accept the terms of the models named.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Server = Annotated[
    str, typer.Option("--server", metavar="URL", help="List the models of the OpenAI-compatible server there instead.")
]
Tried = Annotated[
    str,
    typer.Argument(metavar="[MODEL]", help="A name, a folder, a Hugging Face id, or http://127.0.0.1:8000/v1#name."),
]


@app.command("list")
def list_models(server: Server = "", as_json: Json = False) -> None:
    """List the models that are on this computer or can be fetched by name, or what a server has."""
    if server:
        _list_served(server, as_json=as_json)
        return
    from workbench.engine.embedded import EMBEDDED, is_present
    from workbench.engine.licensed import LICENSED
    from workbench.engine.pulling import hub_models

    paths = default_paths()
    columns = ("name", "kind", "present", "size_mb", "licence", "languages", "note")
    rows = [
        [m.name, m.kind, is_present(m.name, paths), m.size_mb, m.licence, m.languages, m.note]
        for m in EMBEDDED.values()
    ]
    for it in LICENSED.values():
        note = f"{it.note}; only with --accept-licence"
        rows.append([it.name, "language model", is_present(it.name, paths), it.size_mb, it.licence, it.languages, note])
    for name, megabytes in hub_models().items():
        rows.append([name, "language model", True, megabytes, None, None, "from the Hugging Face hub"])
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        print_table(
            ("name", "kind", "present", "MB", "licence", "languages", "note"),
            [[*row[:2], "yes" if row[2] else "no", *row[3:]] for row in rows],
        )


def _list_served(server: str, *, as_json: bool) -> None:
    from workbench.engine.remote_address import parse_server
    from workbench.engine.remote_loading import list_models

    address = parse_server(server)
    found = list_models(address, os.environ.get(address.key_name, ""))
    if as_json:
        print_json(found)
    else:
        rows = [(entry.get("id"), entry.get("max_model_len"), f"{address.base}#{entry.get('id')}") for entry in found]
        print_table(("model", "window", "use as --model"), rows)


@app.command("check")
def check_model(
    model: Tried = arg.DEFAULT.model.id,
    dtype: arg.Dtype = arg.DEFAULT.model.dtype,
    device: arg.Device = arg.DEFAULT.model.device,
    as_json: Json = False,
) -> None:
    """Try a model. Of one on this machine: which number type it is computed in, why, and what that costs in accuracy,
    measured once against float32 (for which it is read a second time).

    Of one on a server: whether it can write text, and score texts with answers that can be believed. Exits with 1 when
    it can't do both. A key is read from the environment, from the variable that the error names.

    Examples:

    - `workbench models check`
    - `workbench models check http://127.0.0.1:8000/v1#model-name`
    """
    from workbench.engine.remote_address import is_remote
    from workbench.variant import ModelSpec

    if is_remote(model):
        _try_served(ModelSpec(id=model), as_json=as_json)
    else:
        _try_here(ModelSpec(id=model, dtype=dtype, device=device), as_json=as_json)


def _try_here(spec: "ModelSpec", *, as_json: bool) -> None:
    workshop = wiring.open_workshop()
    identity, numbers, cost = workshop.engine(spec).identity, workshop.number_type(spec), workshop.accuracy(spec)
    if as_json:
        print_json({"model": identity, "number_type": numbers, "accuracy": cost})
        return
    size = f"{identity.parameters / 1e6:.0f} million weights, reads {identity.context_window} tokens"
    rows = [
        ("model", f"{identity.id}, {identity.revision}", size),
        ("number type", f"{numbers.name} on {numbers.device}", numbers.why),
        ("its cost", *(("none", "it is float32") if cost is None else (f"{cost.mean:.4f} nats a token", str(cost)))),
    ]
    print_table(("what", "found", "more"), rows)


def _try_served(spec: "ModelSpec", *, as_json: bool) -> None:
    found = wiring.open_workshop().abilities(spec)
    if as_json:
        print_json(found)
    else:
        rows = [
            (ability.name, "no" if ability.problem else "yes", ability.problem or ability.said) for ability in found
        ]
        print_table(("ability", "can", "what was found"), rows)
    raise typer.Exit(1 if any(ability.problem for ability in found) else 0)


@app.command("pull")
def pull_models(names: Names = None, accept_licence: Accept = False) -> None:
    """Fetch models, check embedded ones by SHA-256, and convert those that load slowly; all embedded ones without a
    name. A name with a slash is a Hugging Face id, and fetched from its hub.

    Examples:

    - `workbench models pull smollm2-135m-instruct`
    - `workbench models pull Qwen/Qwen2.5-0.5B-Instruct` (29 languages, Apache-2.0)
    - `workbench models pull gemma3-270m --accept-licence`
    """
    from workbench.engine.embedded import EMBEDDED
    from workbench.engine.pulling import pull_model

    for name in names or EMBEDDED:
        say(f"{name} is in {pull_model(name, default_paths(), accepted=accept_licence, say=say)}")
