/** What the model takes from a unit file (systemd.unit(5), systemd.service(5)). */
export interface UnitFile {
  readonly description: string | null
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly requires: readonly string[]
  /** ConditionPathExists: all must hold. `text` is the line's value. */
  readonly conditions: readonly { readonly text: string; readonly path: string; readonly negated: boolean }[]
  readonly oneshot: boolean
  readonly remains: boolean
  /** ExecStartPre and ExecStart, in the order they run; a tolerant one may fail (`-` before the program). */
  readonly commands: readonly { readonly argv: readonly string[]; readonly tolerant: boolean }[]
  /** What its lines in the journal are said by; null: the program. */
  readonly identifier: string | null
  /** It has an [Install] section and can be enabled. */
  readonly installs: boolean
}

/** Reads a unit file. What the model does not know is passed over. */
export function parseUnitFile(text: string): UnitFile {
  const entries = entriesOf(text)
  const all = (section: string, key: string): readonly string[] => {
    const values: string[] = []
    for (const entry of entries) {
      if (entry.section !== section || entry.key !== key) continue
      // An empty assignment takes back what stands above.
      if (entry.value === '') values.length = 0
      else values.push(entry.value)
    }
    return values
  }
  const last = (section: string, key: string): string | null => all(section, key).at(-1) ?? null
  const names = (key: string) => all('Unit', key).flatMap((value) => value.split(/\s+/))
  return {
    description: last('Unit', 'Description'),
    before: names('Before'),
    after: names('After'),
    requires: names('Requires'),
    conditions: all('Unit', 'ConditionPathExists').map((value) => ({
      text: `ConditionPathExists=${value}`,
      path: value.replace(/^[|!]*/, ''),
      negated: /^[|]?!/.test(value),
    })),
    oneshot: last('Service', 'Type') === 'oneshot',
    remains: /^(?:yes|true|on|1)$/i.test(last('Service', 'RemainAfterExit') ?? ''),
    commands: [...all('Service', 'ExecStartPre'), ...all('Service', 'ExecStart')].map(commandOf),
    identifier: last('Service', 'SyslogIdentifier'),
    installs: entries.some((entry) => entry.section === 'Install'),
  }
}

interface Entry {
  readonly section: string
  readonly key: string
  readonly value: string
}

function entriesOf(text: string): readonly Entry[] {
  const found: Entry[] = []
  let section = ''
  for (const raw of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const head = /^\[(.+)\]$/.exec(line)?.[1]
    if (head !== undefined) section = head
    const at = line.indexOf('=')
    if (head === undefined && at > 0)
      found.push({ section, key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() })
  }
  return found
}

function commandOf(line: string): UnitFile['commands'][number] {
  const [, prefix = '', rest = ''] = /^([-@:+!]*)(.*)$/.exec(line) ?? []
  const argv = [...rest.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((word) => word[1] ?? word[2] ?? word[3] ?? '')
  return { argv, tolerant: prefix.includes('-') }
}
