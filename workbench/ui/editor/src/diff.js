// Two texts side by side, unequal parts marked, equal stretches folded.
import { jinjaLanguage } from "@codemirror/lang-jinja"
import { LanguageSupport } from "@codemirror/language"
import { MergeView } from "@codemirror/merge"
import { EditorState } from "@codemirror/state"
import { EditorView, lineNumbers } from "@codemirror/view"

import { theme } from "./theme.js"

export function createDiff(host, root, data) {
  const extensions = [
    lineNumbers(),
    EditorView.lineWrapping,
    EditorState.readOnly.of(true),
    ...(data.jinja ? [new LanguageSupport(jinjaLanguage)] : []),
    theme,
  ]
  const merge = new MergeView({
    a: { doc: data.left, extensions },
    b: { doc: data.right, extensions },
    parent: host,
    root,
    gutter: true,
    collapseUnchanged: { margin: 3, minSize: 6 },
  })
  merge.a.contentDOM.setAttribute("aria-label", data.leftLabel)
  merge.b.contentDOM.setAttribute("aria-label", data.rightLabel)
  return merge
}
