import { isVarName } from '../inventory/vars.ts'
import { err, ok, type Result } from '../shared/result.ts'
import type { Value, ValueMap } from '../shared/value.ts'
import type { Diagnostic } from '../source/diagnostic.ts'
import { Problems } from '../source/problems.ts'
import { readYaml } from '../source/read-yaml.ts'
import type { SourceReader } from '../source/reader.ts'
import { type Node, toValue } from '../source/tree.ts'
import { parseYaml } from '../source/yaml.ts'
import { magicNames } from './names.ts'

/**
 * The variables of one `-e` argument: `@file.yaml`, a mapping in YAML or JSON (`{"a": 1}`), or pairs `a=1 b="two words"`.
 * Unlike in Ansible, an unquoted value of a pair has the type that YAML gives it: `keep_firmware=false` is false, `n=3` is
 * a number.
 */
export function parseExtraVars(arg: string, reader: SourceReader): Result<ValueMap, readonly Diagnostic[]> {
  const problems = new Problems()
  const vars = new Map<string, Value>()
  for (const [name, value] of parseOne(arg.trim(), reader, problems)) {
    if (checkName(name, arg, problems)) vars.set(name, value)
  }
  return problems.list.length > 0 ? err(problems.list) : ok(Object.fromEntries(vars))
}

function parseOne(arg: string, reader: SourceReader, problems: Problems): readonly (readonly [string, Value])[] {
  if (arg === '') {
    problems.error(null, '-e is empty, but must set a variable', 'write -e name=value')
    return []
  }
  if (arg.startsWith('@')) return fromTree(readYaml(reader, arg.slice(1), 'the file of extra vars'), arg, problems)
  if (/^[{[]/.test(arg)) return fromTree(parseYaml('-e', arg), arg, problems)
  return parsePairs(arg, problems)
}

function fromTree(
  tree: Result<Node, readonly Diagnostic[]>,
  arg: string,
  problems: Problems,
): readonly (readonly [string, Value])[] {
  if (!tree.ok) {
    problems.add(tree.error)
    return []
  }
  const node = tree.value
  if (node.kind === 'map') return node.entries.map((each) => [each.key, toValue(each.value)] as const)
  if (node.kind === 'scalar' && node.value === null) return []
  problems.error(arg.startsWith('@') ? node.place : null, `the extra vars ${arg} must be a mapping of names to values`)
  return []
}

/** `name=value`, separated by spaces; quotes hold spaces together and make the value text. */
function parsePairs(arg: string, problems: Problems): readonly (readonly [string, Value])[] {
  const words = splitWords(arg)
  if (words === undefined) {
    problems.error(null, `the extra vars ${arg} have a quote that is not closed`)
    return []
  }
  return words.flatMap((word): readonly (readonly [string, Value])[] => {
    const at = word.text.indexOf('=')
    if (at < 1) {
      problems.error(
        null,
        `the extra var "${word.text}" is no pair, but must be name=value`,
        'a value with spaces needs quotes: -e \'name="two words"\'',
      )
      return []
    }
    const text = word.text.slice(at + 1)
    return [[word.text.slice(0, at), word.quoted ? text : readScalar(text)]]
  })
}

/** A plain YAML scalar; `0644` stays text, for as a number it would lose its zero. */
function readScalar(text: string): Value {
  if (text === '' || /^[-+]?0\d/.test(text)) return text
  const tree = parseYaml('-e', text)
  if (!tree.ok || tree.value.kind !== 'scalar' || tree.value.style !== 'plain' || tree.value.raw !== text) return text
  return tree.value.value
}

interface Word {
  readonly text: string
  /** A part of it stood in quotes. */
  readonly quoted: boolean
}

/** Splits at spaces as a shell does; undefined when a quote is left open. */
function splitWords(arg: string): readonly Word[] | undefined {
  const words: Word[] = []
  let text = ''
  let quoted = false
  let quote: string | null = null
  let begun = false
  for (let index = 0; index < arg.length; index++) {
    const char = arg.charAt(index)
    if (quote !== null) {
      if (char === quote) quote = null
      else if (char === '\\' && quote === '"' && /["\\]/.test(arg.charAt(index + 1))) text += arg.charAt(++index)
      else text += char
    } else if ((char === '"' || char === "'") && (text === '' || text.endsWith('='))) {
      quote = char
      quoted = true
      begun = true
    } else if (/\s/.test(char)) {
      if (begun) words.push({ text, quoted })
      text = ''
      quoted = false
      begun = false
    } else {
      text += char
      begun = true
    }
  }
  if (quote !== null) return undefined
  if (begun) words.push({ text, quoted })
  return words
}

function checkName(name: string, arg: string, problems: Problems): boolean {
  if (!isVarName(name)) {
    problems.error(null, `"${name}" in -e ${arg} is no name for a variable: only letters, digits and "_" are allowed`)
    return false
  }
  if (magicNames.includes(name)) {
    problems.error(null, `"${name}" in -e ${arg} is set by the engine, but extra vars must have names of their own`)
    return false
  }
  return true
}
