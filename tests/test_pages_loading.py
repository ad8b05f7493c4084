"""The page while a model is being loaded."""

from threading import Event

from pages import ScriptedWorkshop, fruit, in_editor, loaded, opened, prompts, said, save_draft, served, variant


def test_a_template_can_be_edited_while_the_embedder_is_loaded(tmp_path, monkeypatch):
    ready = Event()

    class Slow(ScriptedWorkshop):
        def embedder(self, name):
            ready.wait(60)
            return super().embedder(name)

    with served(tmp_path, monkeypatch, workshop=Slow):
        fruit(tmp_path)
        save_draft(variant("A"))
        at = opened()
        assert not at.exception
        assert in_editor(at, "A.editor")["text"].startswith("---")
        assert "Loading the model's tokenizer" in said(at.caption)
        assert prompts(at) == []
        ready.set()
        at = loaded(at)
        assert "Loading" not in said(at.caption)
        assert prompts(at) == ["They liked Banana and say: red. Next:"]
