"""The variables as Markdown: part of docs/templates.md, and of the editor's help."""

from workbench.prompts.variables import ATTRIBUTES, VARIABLES


def variables_table() -> str:
    """One table of the variables and one of what can be read of each kind of record."""
    rows = ["| variable | kind | meaning | example |", "|---|---|---|---|"]
    rows += [f"| `{v.name}` | {v.kind} | {v.meaning} | `{_on_one_line(v.example)}` |" for v in VARIABLES]
    rows += ["", "| record | attribute | kind | meaning |", "|---|---|---|---|"]
    rows += [
        f"| {record} | `{attribute.name}` | {attribute.kind} | {attribute.meaning} |"
        for record, attributes in ATTRIBUTES.items()
        for attribute in attributes
    ]
    return "\n".join(rows)


def _on_one_line(example: str) -> str:
    # A bar would end the cell even between backticks.
    return example.replace("\n", " ").replace("|", "\\|")
