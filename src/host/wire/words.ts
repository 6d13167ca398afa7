import { err, ok, type Result } from '../../shared/result.ts'

/** Quotes one word for a POSIX shell: the only quoting in the program. The text must not hold NUL, which no shell can carry. */
export const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`

/** One call of a frame: `_s run '--' '-' 'true'` is verb `_s`, kind `run`, and the words after it. */
export interface Call {
  readonly verb: string
  readonly kind: string
  readonly words: readonly string[]
}

/** Writes a call as one line of shell; a quoted word may hold newlines. */
export const encodeCall = ({ verb, kind, words }: Call): string => `${[verb, kind, ...words.map(quote)].join(' ')}\n`

/** Reads back lines made by {@link encodeCall}. */
export function decodeCalls(text: string): Result<readonly Call[], string> {
  const calls: Call[] = []
  let at = 0
  while (at < text.length) {
    const head = /^(_[a-z]) ([a-z]+)(?=[ \n])/.exec(text.slice(at, at + 40))
    if (!head) return err(`the line "${text.slice(at, at + 40)}" is no call of a frame`)
    at += head[0].length
    const words: string[] = []
    while (text[at] === ' ') {
      const word = decodeWord(text, at + 1)
      if (!word) return err('a quoted word of a frame does not end')
      words.push(word.text)
      at = word.end
    }
    if (text[at] !== '\n') return err(`the call "${head[0]}" is followed by "${text.slice(at, at + 20)}", but must end`)
    calls.push({ verb: head[1] ?? '', kind: head[2] ?? '', words })
    at++
  }
  return ok(calls)
}

/** A word is quoted pieces and `\'` between them, nothing else. */
function decodeWord(text: string, from: number): { readonly text: string; readonly end: number } | null {
  const pieces: string[] = []
  let at = from
  for (;;) {
    if (text[at] === "'") {
      const end = text.indexOf("'", at + 1)
      if (end < 0) return null
      pieces.push(text.slice(at + 1, end))
      at = end + 1
    } else if (text.startsWith("\\'", at)) {
      pieces.push("'")
      at += 2
    } else return pieces.length === 0 ? null : { text: pieces.join(''), end: at }
  }
}
