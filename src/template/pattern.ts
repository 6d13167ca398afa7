import { createContext, Script } from 'node:vm'
import { show } from './show.ts'
import { refused } from './trouble.ts'

const maxPattern = 1_000
const maxText = 1_000_000
const maxMilliseconds = 250

/**
 * Whether a regular expression of JavaScript finds something in a text. The text comes from hosts and the pattern may
 * backtrack: `(a+)+$` takes years on forty characters. So it runs where it can be ended after a quarter of a second.
 */
export function matches(text: string, pattern: string): boolean {
  if (pattern.length > maxPattern)
    throw refused(`the pattern has ${pattern.length} characters, but at most ${maxPattern} are allowed`)
  if (text.length > maxText)
    throw refused(`the text has ${text.length} characters, but a pattern is given at most ${maxText}`)
  const expression = compile(pattern)
  // Without a repetition there is nothing to backtrack over for long, and the guarded way costs a thread each time.
  if (text.length < 20 || !/[*+{]/.test(pattern)) return expression.test(text)
  try {
    Object.assign(scene, { expression, text })
    return script.runInContext(scene, { timeout: maxMilliseconds }) === true
  } catch {
    throw refused(
      `the pattern ${show(pattern)} takes too long on this text`,
      'make it simpler: no repetition of a repetition',
    )
  }
}

// Made once: a context costs most of a millisecond.
const scene = createContext(Object.create(null))
const script = new Script('expression.test(text)')

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch {
    throw refused(`the pattern ${show(pattern)} is no regular expression of JavaScript`)
  }
}
