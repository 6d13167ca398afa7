import { fitsPattern, type RulePart, type UdevRule } from './parse-rules.ts'

/** A device, or one of its parents, as rules see it. */
export interface UdevNode {
  /** Its name in sysfs: `eth0`, `0000:61:00.0`. */
  readonly kernel: string
  readonly subsystem: string
  readonly driver: string
  /** A sysfs attribute without the final newline; null when it is absent or cannot be read. */
  attribute(name: string): string | null
}

/** What the rules decided about a new interface. */
export interface UdevVerdict {
  /** The name that NAME gives; null when no rule names it. */
  readonly name: string | null
  /** ENV{...} as properties. */
  readonly properties: Readonly<Record<string, string>>
  /** Command lines of RUN, in order. */
  readonly run: readonly string[]
}

/** Applies rules to a device that was added; `device` comes first in `nodes`, its parents follow. The last assignment counts, unless `:=` made one final. */
export function applyRules(rules: readonly UdevRule[], nodes: readonly [UdevNode, ...UdevNode[]]): UdevVerdict {
  const [device] = nodes
  const final = new Set<string>()
  const properties: Record<string, string> = {}
  const run: string[] = []
  let name: string | null = null
  for (const rule of rules) {
    if (!holds(rule, nodes, properties, name)) continue
    for (const { key, attribute, operator, value } of rule.actions) {
      const what = `${key}{${attribute ?? ''}}`
      if (final.has(what)) continue
      if (operator === ':=') final.add(what)
      const text = substituted(value, nodes, properties, name)
      if (key === 'NAME') name = text
      else if (key === 'ENV' && attribute !== null)
        properties[attribute] = operator === '+=' && properties[attribute] ? `${properties[attribute]} ${text}` : text
      else if (key === 'RUN') {
        if (operator !== '+=') run.length = 0
        run.push(text)
      }
    }
  }
  return { name: name === '' || name === device.kernel ? null : name, properties, run }
}

/** Matches on parents have to hold on one and the same of them. */
function holds(
  rule: UdevRule,
  nodes: readonly [UdevNode, ...UdevNode[]],
  properties: Readonly<Record<string, string>>,
  name: string | null,
): boolean {
  const [device] = nodes
  const ofParents = rule.matches.filter(({ key }) => parentKeys.has(key))
  const own = rule.matches.filter(({ key }) => !parentKeys.has(key))
  const foundBy = ({ key, attribute }: RulePart): string | null => {
    if (key === 'ACTION') return 'add'
    if (key === 'ENV') return properties[attribute ?? ''] ?? ''
    if (key === 'NAME') return name ?? ''
    return nodeValue(device, key, attribute)
  }
  return (
    own.every((part) => matches(part, foundBy(part))) &&
    (ofParents.length === 0 ||
      nodes.some((node) =>
        ofParents.every((part) => matches(part, nodeValue(node, part.key.replace(/S$/, ''), part.attribute))),
      ))
  )
}

const parentKeys = new Set(['ATTRS', 'DRIVERS', 'KERNELS', 'SUBSYSTEMS'])

function nodeValue(node: UdevNode, key: string, attribute: string | null): string | null {
  switch (key) {
    case 'KERNEL':
      return node.kernel
    case 'SUBSYSTEM':
      return node.subsystem
    case 'DRIVER':
      return node.driver
    default:
      return node.attribute(attribute ?? '')
  }
}

/** An attribute that is not there fits nothing, not even `!=` (udev_rules_apply_to_event). */
function matches({ operator, value }: RulePart, found: string | null): boolean {
  if (found === null) return false
  return fitsPattern(value, found) === (operator === '==')
}

/** `$attr{x}`, `%s{x}`, `$env{X}`, `%E{X}`, `$kernel`, `%k`, `$name`, `%n`, `$number`. */
function substituted(
  text: string,
  nodes: readonly [UdevNode, ...UdevNode[]],
  properties: Readonly<Record<string, string>>,
  name: string | null,
): string {
  const [device] = nodes
  const attribute = (key: string): string => {
    for (const node of nodes) {
      const found = node.attribute(key)
      if (found !== null) return found
    }
    return ''
  }
  return text.replaceAll(
    /\$attr\{([^}]*)\}|%s\{([^}]*)\}|\$env\{([^}]*)\}|%E\{([^}]*)\}|\$kernel|%k|\$name|\$number|%n|\$\$|%%/g,
    (found: string, attr?: string, short?: string, env?: string, shortEnv?: string) => {
      if (attr !== undefined || short !== undefined) return attribute(attr ?? short ?? '')
      if (env !== undefined || shortEnv !== undefined) return properties[env ?? shortEnv ?? ''] ?? ''
      if (found === '$name') return name ?? device.kernel
      if (found === '$number' || found === '%n') return /\d+$/.exec(device.kernel)?.[0] ?? ''
      return found === '$kernel' || found === '%k' ? device.kernel : found.slice(0, 1)
    },
  )
}
