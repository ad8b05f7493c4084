"""Whatever stands in an item's text, a prompt keeps its structure; whatever stands in a template, it ends well."""

import dataclasses
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from prompts_inputs import INPUTS, source, template
from workbench.errors import TemplateError
from workbench.prompts import check, parse, render
from workbench.records import Item

CONTROL = ("<|im_start|>", "<|im_end|>", "<s>", "[INST]")
MARKS = ["\U000ffff0", "\U000ffff5", "\U000ffff8", "\U00100000", "\U00100001"]
CODE = ["{{ k }}", "{% endfor %}", "{% enduser %}", "---"]
BREAKS = ["\n", "\r\n2. ", "\u2028", "\x00"]
NASTY = [*MARKS, *CODE, *BREAKS, *CONTROL, "<|im_", "end|>", "<s", ">", "<<s>s>"]
titles = st.lists(st.text(max_size=8) | st.sampled_from(NASTY), min_size=1, max_size=6).map("".join)
item_lists = st.lists(titles, min_size=1, max_size=5)

CHAT = template(
    "---\nformat: chat\n---\n{% system %}About {{ user.description }}.{% endsystem %}\n"
    "{% user %}\n{% for m in history %}\n{{ loop.index }}. {{ m.title }}\n{% endfor %}\nend{% enduser %}\n"
    "{% user %}or {{ candidates | map(attribute='title') | join(' / ') }}{% enduser %}"
)
PLAIN = template("{% for m in history %}{{ m.title }}\n{% endfor %}\n[{{ candidates[0].title }}]")


def inputs_of(history, candidates, description=""):
    def items(kind, names):
        return tuple(Item(f"{kind}{i}", name, name, {}) for i, name in enumerate(names))

    return dataclasses.replace(
        INPUTS, description=description, history=items("h", history), candidates=items("c", candidates)
    )


@settings(deadline=None)
@given(item_lists, item_lists, titles)
def test_text_of_items_never_changes_the_structure_of_a_chat(history, candidates, description):
    prompt = render(CHAT, inputs_of(history, candidates, description), control_tokens=CONTROL)
    assert [m.role for m in prompt.messages] == ["system", "user", "user"]
    assert len(prompt.messages[1].text.split("\n")) == len(history) + 1
    assert not any(token in prompt.text for token in CONTROL)
    assert prompt.text == "\n\n".join(m.text for m in prompt.messages)


@settings(deadline=None)
@given(item_lists, item_lists)
def test_spans_are_disjoint_in_order_and_cover_exactly_the_titles(history, candidates):
    prompt = render(PLAIN, inputs_of(history, candidates), control_tokens=CONTROL)
    lines = [line for line in prompt.text.split("\n") if line.strip()]
    shown = [prompt.text[s.start : s.end] for s in prompt.spans if s.kind == "history"]
    assert shown == [line.strip() for line in lines[:-1]]
    assert [prompt.text[s.start : s.end] for s in prompt.spans if s.kind == "candidate"] == (
        [lines[-1][1:-1].strip()] if lines[-1][1:-1].strip() else []
    )
    assert all(a.end <= b.start for a, b in zip(prompt.spans, prompt.spans[1:], strict=False))


NAMES = "history candidates user k m a f f() range namespace loop self.b() super() self format .title .__class__"
SIGNS = "{{ }} {% %} | ( ) [ ] ' 1 * ** 999999999 ~ -%} {# #} : , = |join(', ') if is not else in defined recursive"
TAGS = [
    "for m in history", "endfor", "if k", "endif", "set a = ", "set a", "endset", "macro f(x)", "endmacro", "call f()",
    "endcall", "filter upper", "endfilter", "with a=k", "endwith", "block b", "endblock", "extends 'x.j2'",
    "include 'x.j2'", "import 'x.j2' as x", "user", "enduser", "step s", "endstep", "break", "continue", "raw",
    "endraw", "autoescape true", "endautoescape",
]  # fmt: skip
pieces = st.sampled_from([*NAMES.split(" "), *SIGNS.split(" "), *TAGS, " ", "\n", "---\n", "steps: [", "name: s"])
tags = st.lists(pieces, max_size=5).map(" ".join)
whole = st.sampled_from(TAGS).map("{{% {} %}}".format) | st.sampled_from(["{{ f(m) }}", "{{ loop.index }}", "{{ a }}"])
parts = st.text(max_size=6) | tags.map("{{{{ {} }}}}".format) | tags.map("{{% {} %}}".format) | tags | whole


@given(st.lists(parts, max_size=10).map("".join))
@settings(max_examples=400, deadline=None)
def test_any_template_gives_a_prompt_or_a_template_error(text):
    made = source(text, x="{{ m }}{% for m in history %}{{ m.id }}{% endfor %}{% macro f() %}{% endmacro %}")
    check(made)
    with suppress(TemplateError):
        render(parse(made), INPUTS, control_tokens=CONTROL)
