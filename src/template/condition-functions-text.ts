import type { ConditionFunction, Operands } from './condition-function.ts'
import { contains } from './operators.ts'
import { matches } from './pattern.ts'
import type { Operand } from './show.ts'
import { refused } from './trouble.ts'
import { compareVersions } from './version.ts'

/** Texts and versions. */
export const textFunctions: readonly ConditionFunction[] = [
  {
    name: 'contains',
    usage: 'text, piece',
    summary: 'Whether a text holds a piece of text, or a list an item; the same as `piece in text`.',
    example: 'fw.version.contains("31") and "31" in fw.version',
    arity: [2, 2],
    run: (args) => contains(args.value(0), args.value(1)),
  },
  asks('startsWith', 'piece', 'Whether a text begins with another.', 'bond.startsWith("bond")', (a, b) =>
    a.startsWith(b),
  ),
  asks('endsWith', 'piece', 'Whether a text ends with another.', 'bond.endsWith("0")', (a, b) => a.endsWith(b)),
  asks(
    'matches',
    'pattern',
    'Whether a regular expression of JavaScript finds something in the text; `^` and `$` tie it to the ends.',
    'bond.matches("^bond[0-9]+$")',
    matches,
  ),
  changes('lower', 'The text in lower case.', '"ON" | lower == "on"', (text) => text.toLowerCase()),
  changes('upper', 'The text in upper case.', 'bond | upper == "BOND0"', (text) => text.toUpperCase()),
  changes('lowerAscii', 'As `lower`.', '"ON".lowerAscii() == "on"', (text) => text.toLowerCase()),
  changes('upperAscii', 'As `upper`.', 'bond.upperAscii() == "BOND0"', (text) => text.toUpperCase()),
  changes('trim', 'The text without white space at its ends.', '" x " | trim == "x"', (text) => text.trim()),
  {
    name: 'split',
    usage: 'text, separator',
    summary: 'The pieces of a text between the separators, as a list.',
    example: 'fw.version.split(".")[0] == "22"',
    arity: [2, 2],
    run: (args) => args.text(0).split(args.text(1)),
  },
  {
    name: 'join',
    usage: 'list, separator',
    summary: 'The texts of a list as one text.',
    example: 'ports | join(",") == "ens2f0,ens2f1"',
    arity: [1, 2],
    run: join,
  },
  {
    name: 'indexOf',
    usage: 'text, piece',
    summary: 'Where a piece begins in a text, from 0; -1 when it is not in there.',
    example: 'bond.indexOf("0") == 4',
    arity: [2, 2],
    run: (args) => BigInt(args.text(0).indexOf(args.text(1))),
  },
  {
    name: 'substring',
    usage: 'text, from [, end]',
    summary: 'The text from one place, counted from 0, up to but without another.',
    example: 'bond.substring(0, 4) == "bond"',
    arity: [2, 3],
    run: substring,
  },
  version('version_eq', 'Whether two versions are the same.', 'version_eq("1.0", "1.00")', (order) => order === 0),
  version('version_ne', 'Whether two versions differ.', 'version_ne("1.0", "1.1")', (order) => order !== 0),
  version('version_lt', 'Whether the first version is older.', 'version_lt("5.4", "5.10")', (order) => order < 0),
  version(
    'version_le',
    'Whether the first version is older or the same.',
    'version_le("5.4", "5.4")',
    (order) => order <= 0,
  ),
  version('version_gt', 'Whether the first version is newer.', 'version_gt("5.10", "5.4")', (order) => order > 0),
  version(
    'version_ge',
    'Whether the first version is newer or the same.',
    'version_ge(fw.version, "22.30")',
    (order) => order >= 0,
  ),
]

type Ask = (text: string, other: string) => boolean

function asks(name: string, other: string, summary: string, example: string, ask: Ask): ConditionFunction {
  const run = (args: Operands) => ask(args.text(0), args.text(1))
  return { name, usage: `text, ${other}`, summary, example, arity: [2, 2], run }
}

function changes(name: string, summary: string, example: string, of: (text: string) => string): ConditionFunction {
  return { name, usage: 'text', summary, example, arity: [1, 1], run: (args) => of(args.text(0)) }
}

function version(name: string, summary: string, example: string, holds: (order: number) => boolean): ConditionFunction {
  // As a number, 5.10 is 5.1 already: it must be text.
  const hint = 'put the version in quotes: "5.10" as a number is 5.1'
  const run = (args: Operands) => holds(compareVersions(args.text(0, hint), args.text(1, hint)))
  return { name, usage: 'version, version', summary, example, arity: [2, 2], run }
}

function join(args: Operands): Operand {
  const items = args.list(0).map((item) => {
    if (typeof item === 'string' || typeof item === 'number' || typeof item === 'boolean') return String(item)
    throw args.wrong(0, 'a list of texts, numbers and booleans')
  })
  return items.join(args.count > 1 ? args.text(1) : '')
}

function substring(args: Operands): Operand {
  const text = args.text(0)
  const from = args.whole(1)
  const end = args.count > 2 ? args.whole(2) : text.length
  if (from <= end && end <= text.length) return text.substring(from, end)
  throw refused(`the text has ${text.length} characters, so there is nothing from ${from} to ${end}`)
}
