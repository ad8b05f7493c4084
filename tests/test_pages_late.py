"""A browser may say late, on a busy machine, what the page told it to show: nothing is lost to that."""

from pages import SECONDS
from streamlit.testing.v1 import AppTest


def followed():
    import streamlit as st

    from workbench.ui.following import following

    held = st.session_state.setdefault("held", {"value": 1})

    def elsewhere():
        held["value"] += 10

    def late(said):
        st.session_state["number"] = said
        st.session_state["first changed"]()

    key, changed = following("number", held["value"], lambda said: held.update(value=said))
    st.session_state.setdefault("first changed", changed)
    st.number_input("Number", value=held["value"], key=key, on_change=changed)
    st.button("Elsewhere", on_click=elsewhere)
    st.button("Late", on_click=late, args=(5,))
    st.button("There and back", on_click=lambda: (late(6), late(5)))


def shown(at):
    assert not at.exception
    return [(n.key, n.value) for n in at.number_input], at.session_state["held"]["value"]


def test_a_widget_keeps_its_key_when_it_made_the_change_and_gets_a_fresh_one_when_it_did_not():
    at = AppTest.from_function(followed, default_timeout=SECONDS).run()
    at.number_input(key="number").set_value(5).run()
    assert shown(at) == ([("number", 5)], 5)
    at.button[0].click().run()
    assert shown(at) == ([("number.1", 15)], 15)


def test_a_replaced_widget_is_not_listened_to():
    at = AppTest.from_function(followed, default_timeout=SECONDS).run()
    at.number_input(key="number").set_value(5).run()
    at.button[0].click().run()
    at.button[1].click().run()
    assert shown(at) == ([("number.1", 15)], 15)
    at.number_input(key="number.1").set_value(16).run()
    assert shown(at) == ([("number.1", 16)], 16)


def test_what_is_known_already_is_not_taken_again_and_two_changes_between_two_drawings_are():
    at = AppTest.from_function(followed, default_timeout=SECONDS).run()
    at.number_input(key="number").set_value(5).run()
    at.session_state["held"]["value"] = 5
    at.button[1].click().run()
    assert shown(at) == ([("number", 5)], 5)
    at.button[2].click().run()
    assert shown(at) == ([("number", 5)], 5)


def interrupted():
    import streamlit as st
    from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

    from workbench.ui.callbacks import whole

    done = st.session_state.setdefault("done", [])

    def step(name):
        done.append(f"{name} begun")
        # Another message of the browser comes in, as a press of Run does right after an edit.
        get_script_run_ctx().script_requests.request_rerun(RerunData())
        st.session_state["looked"] = True
        done.append(f"{name} ended")

    @whole
    def twice():
        whole(step)("inner")
        step("outer")

    st.button("As Streamlit has it", on_click=step, args=("bare",))
    st.button("Whole", on_click=whole(step), args=("whole",))
    st.button("One in another", on_click=twice)
    st.session_state["runs"] = st.session_state.get("runs", 0) + 1


def test_a_callback_comes_through_though_another_message_waits():
    at = AppTest.from_function(interrupted, default_timeout=SECONDS).run()
    # Should this one come through some day, `whole` can go.
    at.button[0].click().run()
    assert at.session_state["done"] == ["bare begun"]
    runs = at.session_state["runs"]
    at.button[1].click().run()
    assert at.session_state["done"][1:] == ["whole begun", "whole ended"]
    assert at.session_state["runs"] > runs, "the waiting message was answered"
    at.button[2].click().run()
    assert at.session_state["done"][3:] == ["inner begun", "inner ended", "outer begun", "outer ended"]
