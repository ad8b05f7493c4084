// The entry that Streamlit calls on mount and on every change of `data`.
import { createDiff } from "./diff.js"
import { createEditor, updateEditor } from "./editor.js"

const mounted = new WeakMap()

export default function ({ parentElement, data, setStateValue, setTriggerValue }) {
  const host = parentElement.querySelector(".host")
  return data.mode === "diff" ? diff(parentElement, host, data) : edit(parentElement, host, data, setStateValue, setTriggerValue)
}

function edit(parent, host, data, setStateValue, setTriggerValue) {
  if (!mounted.has(parent)) mounted.set(parent, createEditor(host, host.getRootNode()))
  const editor = mounted.get(parent)
  updateEditor(editor, data, (typed) => setStateValue("typed", typed), () => setTriggerValue("run", Date.now()))
  return () => {
    editor.destroy()
    mounted.delete(parent)
  }
}

function diff(parent, host, data) {
  mounted.get(parent)?.destroy()
  const merge = createDiff(host, host.getRootNode(), data)
  mounted.set(parent, merge)
  return () => {
    merge.destroy()
    mounted.delete(parent)
  }
}
