// Colours come from Streamlit's own theme variables, so light, dark and custom themes all fit.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language"
import { EditorView } from "@codemirror/view"
import { tags } from "@lezer/highlight"

const surface = EditorView.theme({
  "&": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-background-color)",
    border: "1px solid var(--st-border-color)",
    borderRadius: "var(--st-base-radius)",
    fontSize: "13px",
  },
  "&.cm-focused": { outline: "2px solid var(--st-primary-color)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "var(--st-code-font)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--st-text-color)" },
  ".cm-cursor": { borderLeftColor: "var(--st-text-color)" },
  ".cm-gutters": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-secondary-background-color)",
    borderRight: "1px solid var(--st-border-color)",
  },
  ".cm-lineNumbers .cm-gutterElement": { opacity: "0.75" },
  ".cm-activeLine, .cm-activeLineGutter": {
    backgroundColor: "color-mix(in srgb, var(--st-primary-color) 7%, transparent)",
  },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--st-primary-color) 25%, transparent) !important",
  },
  ".cm-foldPlaceholder": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-secondary-background-color)",
    border: "1px solid var(--st-border-color)",
    padding: "0 6px",
  },
  ".cm-tooltip": {
    color: "var(--st-text-color)",
    backgroundColor: "var(--st-secondary-background-color)",
    border: "1px solid var(--st-border-color)",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    color: "var(--st-background-color)",
    backgroundColor: "var(--st-primary-color)",
  },
  ".cm-panels": { color: "var(--st-text-color)", backgroundColor: "var(--st-secondary-background-color)" },
})

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.definitionKeyword, tags.operatorKeyword], color: "var(--st-violet-text-color)" },
  { tag: [tags.brace, tags.processingInstruction, tags.angleBracket], color: "var(--st-blue-text-color)" },
  { tag: [tags.variableName, tags.propertyName], color: "var(--st-blue-text-color)" },
  { tag: [tags.function(tags.variableName), tags.attributeName], color: "var(--st-orange-text-color)" },
  { tag: [tags.string, tags.literal], color: "var(--st-green-text-color)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--st-red-text-color)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--st-text-color)", opacity: "0.6", fontStyle: "italic" },
])

export const theme = [surface, syntaxHighlighting(colours)]
