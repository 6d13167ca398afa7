/** Reads shell text as just-bash does; throws where the text is wrong. */
type Parse = (text: string) => unknown

/**
 * Whether a shell would ask for another line before it runs the text: an open quote, loop, group or here-document, or a
 * last line that ends with a backslash, a pipe, `&&` or `||`.
 */
export function isUnfinished(text: string, parse: Parse): boolean {
  let script: unknown
  try {
    script = parse(text)
  } catch (cause) {
    return endsTooEarly(cause instanceof Error ? cause.message : '', text)
  }
  return hasOpenHereDocument(script) || /(^|[^\\])(\\\\)*\\$|(\||&&)\s*$/.test(text)
}

/** An error about the end of the text is about what is missing there, all others are about what stands there. */
function endsTooEarly(message: string, text: string): boolean {
  if (/got EOF|unexpected EOF/.test(message)) return true
  const place = /at (\d+):(\d+): syntax error near unexpected token/.exec(message)
  const lines = text.split('\n')
  return Number(place?.[1]) === lines.length && Number(place?.[2]) > (lines.at(-1)?.length ?? 0)
}

function hasOpenHereDocument(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false
  if (Reflect.get(node, 'type') === 'HereDoc' && Reflect.get(node, 'terminated') === false) return true
  return Object.values(node).some(hasOpenHereDocument)
}
