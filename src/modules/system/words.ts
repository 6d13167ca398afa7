import { err, ok, type Result } from '../../shared/result.ts'

/**
 * Splits text into words as a POSIX shell does, without expanding anything: blanks separate, single quotes keep all,
 * double quotes keep all but `\"`, `\\`, `\$` and a backslash before a backtick or newline, a backslash keeps the next character.
 */
export function splitWords(text: string): Result<readonly string[], string> {
  const words: string[] = []
  let word: string | null = null
  let at = 0
  while (at < text.length) {
    const char = text.charAt(at)
    if (/\s/.test(char)) {
      if (word !== null) words.push(word)
      word = null
      at++
    } else if (char === '\\') {
      if (at + 1 === text.length) return err('the text ends in a backslash that escapes nothing')
      const next = text.charAt(at + 1)
      if (next !== '\n') word = (word ?? '') + next
      at += 2
    } else if (char === "'" || char === '"') {
      const quoted = char === "'" ? singleQuoted(text, at) : doubleQuoted(text, at)
      if (quoted === null) return err(`the quote ${char} that opens at character ${at + 1} is never closed`)
      word = (word ?? '') + quoted.value
      at = quoted.end
    } else {
      word = (word ?? '') + char
      at++
    }
  }
  if (word !== null) words.push(word)
  return ok(words)
}

interface Quoted {
  readonly value: string
  readonly end: number
}

function singleQuoted(text: string, start: number): Quoted | null {
  const end = text.indexOf("'", start + 1)
  return end === -1 ? null : { value: text.slice(start + 1, end), end: end + 1 }
}

function doubleQuoted(text: string, start: number): Quoted | null {
  let value = ''
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '"') return { value, end: at + 1 }
    if (char === '\\' && '"\\$`\n'.includes(text.charAt(at + 1)) && at + 1 < text.length) {
      at++
      if (text.charAt(at) !== '\n') value += text.charAt(at)
    } else {
      value += char
    }
  }
  return null
}
