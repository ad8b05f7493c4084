"""Prompt templates: parse, check, render."""

from workbench.prompts.checking import check
from workbench.prompts.files import collect, list_templates, read_template
from workbench.prompts.limits import Limits
from workbench.prompts.query import has_query, render_query
from workbench.prompts.rendering import render, render_answer
from workbench.prompts.structure import reads
from workbench.prompts.template import Template, parse, template_frame
from workbench.prompts.variables import VARIABLES, Variable, VariableAttribute

__all__ = [
    "VARIABLES",
    "Limits",
    "Template",
    "Variable",
    "VariableAttribute",
    "check",
    "collect",
    "has_query",
    "list_templates",
    "parse",
    "read_template",
    "reads",
    "render",
    "render_answer",
    "render_query",
    "template_frame",
]
