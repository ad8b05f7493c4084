// The template editor: text in from Python when its epoch changes, text out as it is typed.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete"
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands"
import { closePercentBrace, jinjaCompletionSource, jinjaLanguage } from "@codemirror/lang-jinja"
import { bracketMatching, codeFolding, foldEffect, foldGutter, foldKeymap, foldService, LanguageSupport } from "@codemirror/language"
import { lintGutter, setDiagnostics } from "@codemirror/lint"
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search"
import { EditorState, Prec } from "@codemirror/state"
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view"

import { theme } from "./theme.js"

// Short: the preview is to follow the hand. A round trip takes longer than this anyway, so few messages are wasted.
const PAUSE = 30

// Jinja's own tags and filters, with the documented variables and the item attributes of the catalog at hand.
function complete(words, context) {
  const source = jinjaCompletionSource({ tags: words.tags, variables: words.variables, properties: () => words.attributes })
  return source(context)
}

export function createEditor(host, root) {
  const editor = { epoch: null, timer: null, dirty: false, words: { tags: [], variables: [], attributes: [] } }

  editor.flush = () => {
    clearTimeout(editor.timer)
    if (!editor.dirty) return
    editor.dirty = false
    editor.send({ text: editor.view.state.doc.toString(), epoch: editor.epoch })
  }
  const typed = EditorView.updateListener.of((update) => {
    if (!update.docChanged || editor.replacing) return
    editor.dirty = true
    clearTimeout(editor.timer)
    editor.timer = setTimeout(editor.flush, PAUSE)
  })
  const run = () => {
    editor.flush()
    editor.run()
    return true
  }
  editor.view = new EditorView({
    root,
    parent: host,
    state: EditorState.create({
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run, stopPropagation: true, preventDefault: true }])),
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        highlightSelectionMatches(),
        drawSelection(),
        history(),
        bracketMatching(),
        closeBrackets(),
        new LanguageSupport(jinjaLanguage),
        closePercentBrace,
        autocompletion({ override: [(context) => complete(editor.words, context)] }),
        lintGutter(),
        codeFolding({ placeholderText: "… front matter …" }),
        foldGutter(),
        foldService.of((state, from) => (from === 0 ? frontMatter(state.doc) : null)),
        EditorView.lineWrapping,
        typed,
        // Leaving the editor (to press a button, say) sends the text first: the run uses what is on the screen.
        EditorView.domEventHandlers({ blur: () => editor.flush() }),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...defaultKeymap, indentWithTab]),
        theme,
      ],
    }),
  })
  window.addEventListener("pagehide", editor.flush)
  editor.destroy = () => {
    editor.flush()
    window.removeEventListener("pagehide", editor.flush)
    editor.view.destroy()
  }
  return editor
}

export function updateEditor(editor, data, send, run) {
  Object.assign(editor, { send, run, words: data.words })
  const { view } = editor
  view.dom.style.height = `${data.height}px`
  view.contentDOM.setAttribute("aria-label", data.label)
  if (data.epoch !== editor.epoch) {
    editor.epoch = data.epoch
    editor.dirty = false
    editor.replacing = true
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: data.text } })
    editor.replacing = false
    fold(view)
  }
  // Marks belong to the text that Python saw; while newer text is on its way they would sit on wrong lines.
  if (view.state.doc.toString() === data.checked) {
    view.dispatch(setDiagnostics(view.state, data.problems.map((problem) => mark(view.state.doc, problem))))
  }
}

// From the end of the first line to the end of the closing fence, if the text begins with front matter.
function frontMatter(doc) {
  if (doc.line(1).text.trimEnd() !== "---") return null
  for (let number = 2; number <= doc.lines; number++) {
    const line = doc.line(number)
    if (line.text.trimEnd() === "---") return { from: doc.line(1).to, to: line.to }
  }
  return null
}

// A fresh text opens on its body: that is what an analyst writes.
function fold(view) {
  const range = frontMatter(view.state.doc)
  if (range) view.dispatch({ effects: foldEffect.of(range) })
}

function mark(doc, problem) {
  const line = doc.line(Math.min(Math.max(problem.line ?? 1, 1), doc.lines))
  const from = problem.column ? Math.min(line.from + problem.column - 1, line.to) : line.from
  return { from, to: line.to, severity: "error", message: problem.message }
}
