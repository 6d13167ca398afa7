/** One line of a udev rules file (udev(7)): what must hold, and what is done then. */
export interface UdevRule {
  readonly matches: readonly RulePart[]
  readonly actions: readonly RulePart[]
}

/** `ATTR{phys_port_name}=="pf0vf*"`: key, what stands in braces, operator and value. */
export interface RulePart {
  readonly key: string
  readonly attribute: string | null
  readonly operator: '==' | '!=' | '=' | '+=' | '-=' | ':='
  readonly value: string
}

/** Keys that match, on the device itself and (with S) on it or one of its parents. */
const matchKeys = new Set([
  'ACTION',
  'ATTR',
  'ATTRS',
  'DRIVER',
  'DRIVERS',
  'ENV',
  'KERNEL',
  'KERNELS',
  'NAME',
  'SUBSYSTEM',
  'SUBSYSTEMS',
])

/** Keys that do something, of those that matter to an interface. */
const actionKeys = new Set(['ENV', 'NAME', 'RUN', 'SYMLINK', 'TAG', 'OPTIONS'])

/**
 * Reads a rules file: comments, lines that go on after a backslash, `KEY=="value"` with commas between. A line with keys that
 * this model does not have is left out as if it did not match: GOTO, LABEL, TEST, and PROGRAM and IMPORT, which run scripts.
 */
export function parseRules(text: string): readonly UdevRule[] {
  const lines = text.replaceAll(/\\\n/g, '').split('\n')
  return lines.flatMap((line) => {
    const rule = /^\s*(#|$)/.test(line) ? null : parseLine(line)
    return rule === null ? [] : [rule]
  })
}

function parseLine(line: string): UdevRule | null {
  const part = /^[\s,]*([A-Z_]+)(?:\{([^}]*)\})?\s*(==|!=|\+=|-=|:=|=)\s*"((?:[^"\\]|\\.)*)"/
  const matches: RulePart[] = []
  const actions: RulePart[] = []
  let rest = line
  while (/[^\s,]/.test(rest)) {
    const found = part.exec(rest)
    const [whole = '', key = '', attribute, operator, value = ''] = found ?? []
    if (!found || !isOperator(operator)) return null
    rest = rest.slice(whole.length)
    const read: RulePart = { key, attribute: attribute ?? null, operator, value: value.replaceAll('\\"', '"') }
    const isMatch = operator === '==' || operator === '!='
    if (!(isMatch ? matchKeys : actionKeys).has(key)) return null
    if (isMatch) matches.push(read)
    else actions.push(read)
  }
  return matches.length + actions.length === 0 ? null : { matches, actions }
}

function isOperator(text: string | undefined): text is RulePart['operator'] {
  return text !== undefined && ['==', '!=', '=', '+=', '-=', ':='].includes(text)
}

/** Whether a value fits a pattern of a rule: `*`, `?`, `[...]`, and alternatives between `|`. */
export function fitsPattern(pattern: string, value: string): boolean {
  try {
    return pattern.split('|').some((each) => new RegExp(`^${source(each)}$`, 's').test(value))
  } catch {
    // A set such as [z-a]: fnmatch(3) finds nothing.
    return false
  }
}

function source(pattern: string): string {
  return pattern
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll(/\[!/g, '[^')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replace(/\[(?![^\]]+\])/g, '\\[')
}
