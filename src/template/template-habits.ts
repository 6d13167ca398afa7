/**
 * The Handlebars way of saying what someone wrote as in Jinja, without braces, or undefined when it is not recognised:
 * `default x "y"` for `x | default("y")`. It reads words and quoted texts, not the grammar of Jinja.
 */
export function callHint(text: string): string | undefined {
  const words = tokens(text.trim())
  return ternary(words) ?? filter(words) ?? test(words) ?? operator(words) ?? index(text) ?? call(words)
}

const operators = table({
  '==': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  and: 'and',
  or: 'or',
  in: 'in',
  '+': 'add',
  '-': 'subtract',
  '&&': 'and',
  '||': 'or',
})

const filters = table({
  default: 'default',
  d: 'default',
  length: 'length',
  count: 'length',
  to_json: 'json',
  to_nice_json: 'json',
  to_yaml: 'json',
  upper: 'upper',
  lower: 'lower',
  trim: 'trim',
  join: 'join',
  split: 'split',
  replace: 'replace',
  first: 'first',
  last: 'last',
  unique: 'unique',
  sort: 'sortBy',
  quote: 'quote',
  indent: 'indent',
  b64encode: 'b64encode',
  b64decode: 'b64decode',
  basename: 'basename',
  dirname: 'dirname',
})

function ternary(words: readonly string[]): string | undefined {
  const [at, or] = [words.indexOf('if'), words.indexOf('else')]
  if (at < 1 || or < at) return undefined
  const [yes, condition, no] = [words.slice(0, at), words.slice(at + 1, or), words.slice(or + 1)]
  const asked =
    condition.length === 1 ? condition.join('') : `(${callHint(condition.join(' ')) ?? condition.join(' ')})`
  return `#if ${asked}}}${branch(yes)}{{else}}${branch(no)}{{/if`
}

function branch(words: readonly string[]): string {
  const text = words.join(' ')
  const quoted = /^'([^']*)'$|^"([^"]*)"$/.exec(text)
  return quoted ? (quoted[1] ?? quoted[2] ?? '') : `{{${text}}}`
}

function filter(words: readonly string[]): string | undefined {
  const bar = words.lastIndexOf('|')
  const helper = filters.get(words[bar + 1] ?? '')
  if (bar < 1 || helper === undefined) return undefined
  const rest = words.slice(bar + 2)
  const open = rest[0] === '(' && rest.at(-1) === ')' ? rest.slice(1, -1) : []
  const args = open.filter((word) => word !== ',')
  const before = words.slice(0, bar)
  const subject = before.length === 1 ? before.join('') : `(${callHint(before.join(' ')) ?? before.join(' ')})`
  return [helper, subject, ...args].join(' ')
}

function test(words: readonly string[]): string | undefined {
  const at = words.indexOf('is')
  if (at < 1) return words[0] === 'not' && words.length === 2 ? `not ${words[1]}` : undefined
  const subject = words.slice(0, at).join('')
  const not = words[at + 1] === 'not'
  const name = words[at + (not ? 2 : 1)]
  if (name !== 'defined' && name !== 'undefined') return undefined
  return (name === 'defined') === not ? `not (defined ${subject})` : `defined ${subject}`
}

function operator(words: readonly string[]): string | undefined {
  if (words.length === 4 && words[1] === 'not' && words[2] === 'in') return `not (in ${words[0]} ${words[3]})`
  const helper = words.length === 3 ? operators.get(words[1] ?? '') : undefined
  return helper === undefined ? undefined : `${helper} ${words[0]} ${words[2]}`
}

// `a.b[0]`, `a["key"]`, `a.0`
function index(text: string): string | undefined {
  const plain = text.trim()
  if (!/^[\w.-]+(?:\[(?:\d+|'[^']*'|"[^"]*")\][\w.]*)+$|^[\w-]+(?:\.[\w-]+)*\.\d+$/.test(plain)) return undefined
  return plain
    .replaceAll(/\[(?:'([^']*)'|"([^"]*)"|(\d+))\]/g, (_, single, double, digits) => `.[${single ?? double ?? digits}]`)
    .replaceAll(/\.(\d+)(?=\.|$)/g, '.[$1]')
}

// `helper(a, b)`, `text.split(",")`
function call(words: readonly string[]): string | undefined {
  const [name = ''] = words
  if (words[1] !== '(' || words.at(-1) !== ')' || words.length < 4) return undefined
  const args = words.slice(2, -1).filter((word) => word !== ',')
  const dot = name.lastIndexOf('.')
  const method = filters.get(name.slice(dot + 1))
  if (dot > 0) return method === undefined ? undefined : [method, name.slice(0, dot), ...args].join(' ')
  const known = filters.get(name) ?? (name === 'range' ? name : undefined)
  return known === undefined ? undefined : [known, ...args].join(' ')
}

function tokens(text: string): string[] {
  return text.match(/'[^']*'|"[^"]*"|[\w@.-]*[\w@](?:\[[^\]]*\])*|[<>=!]=|&&|\|\||[^\s]/g) ?? []
}

function table(words: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(words))
}
