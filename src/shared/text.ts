import { closest, distance } from 'fastest-levenshtein'

/** The known name nearest to a mistyped one, or null when none is near enough to be meant. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const names = [...known]
  const folded = name.toLowerCase()
  const swapped = names.find((each) => isSwapped(folded, each.toLowerCase()))
  if (swapped !== undefined || names.length === 0) return swapped ?? null
  const best = closest(
    folded,
    names.map((each) => each.toLowerCase()),
  )
  const found = names.find((each) => each.toLowerCase() === best)
  return found !== undefined && distance(folded, best) <= Math.max(1, Math.floor(name.length / 3)) ? found : null
}

/** Whether two letters next to each other were swapped, the mistake that counts as two in short words. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const at = [...a].findIndex((char, index) => char !== b.charAt(index))
  return at !== -1 && `${a.slice(0, at)}${a.charAt(at + 1)}${a.charAt(at)}${a.slice(at + 2)}` === b
}

/** The hint that goes with {@link nearest}: `did you mean "hosts"?`, or undefined. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const word = nearest(name, known)
  return word === null ? undefined : `did you mean "${word}"?`
}

/** `1 host`, `4 hosts`. */
export function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${n} ${n === 1 ? noun : plural}`
}

/** `a`, `a and b`, `a, b and c`. */
export function list(words: readonly string[], last = 'and'): string {
  if (words.length <= 1) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** Makes control characters of remote output visible, so that it cannot repaint our terminal; newline and tab stay. */
export function escapeControl(text: string): string {
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) => {
    const code = char.charCodeAt(0)
    return code === 0x0d ? '' : code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
  })
}
