/** One value of a firmware parameter: `True(1)`, `4`, `Array[0..7]`. */
export interface FirmwareValue {
  /** As printed. */
  readonly text: string
  /** The number in it; null when there is none (arrays, `N/A`). */
  readonly number: number | null
}

/** One parameter of a query. `default` and `current` are null where the query or the firmware does not give them. */
export interface FirmwareParameter {
  readonly name: string
  readonly readOnly: boolean
  readonly default: FirmwareValue | null
  readonly current: FirmwareValue | null
  readonly next: FirmwareValue
}

/** What `mstconfig` or `mlxconfig` said to a query. */
export interface FirmwareQuery {
  /** `Device type`, `Name`, `Description`, `Device` of the head, where given. */
  readonly device: { readonly type: string | null; readonly name: string | null; readonly device: string | null }
  readonly parameters: ReadonlyMap<string, FirmwareParameter>
  /** The tool's own error texts (`-E- ...`), without the mark. */
  readonly errors: readonly string[]
}

/**
 * Reads `mstconfig -d DEVICE [-e] q [NAME...]` (mstflint's mlxconfig/mlxcfg_ui.cpp). Column widths differ between
 * versions, so rows are split on white space; which columns there are is read from the `Configurations:` line.
 */
export function parseMstconfig(text: string): FirmwareQuery {
  const parameters = new Map<string, FirmwareParameter>()
  const errors: string[] = []
  const head = new Map<string, string>()
  let columns: readonly Column[] | null = null
  for (const line of text.split('\n')) {
    const error = /^-E-\s*(.*\S)/.exec(line)
    const heading = /^\s*Configurations:\s*(.*)$/.exec(line)
    const pair = /^([A-Z][A-Za-z ]*):\s+(\S.*?)\s*$/.exec(line)
    if (error?.[1] !== undefined) errors.push(error[1])
    else if (heading) columns = readColumns(heading[1] ?? '')
    else if (columns) {
      const row = readRow(line, columns)
      if (row) parameters.set(row.name, row)
    } else if (pair?.[1] !== undefined && pair[2] !== undefined) head.set(pair[1], pair[2])
  }
  return {
    device: {
      type: head.get('Device type') ?? null,
      name: head.get('Name') ?? null,
      device: head.get('Device') ?? null,
    },
    parameters,
    errors,
  }
}

/** Reads `True(1)`, `ETH(2)`, `4` or `N/A`. */
export function parseFirmwareValue(text: string): FirmwareValue {
  const match = /^(?:.*\((0x[0-9a-f]+|\d+)\)|(0x[0-9a-f]+|\d+))$/i.exec(text)
  const digits = match?.[1] ?? match?.[2]
  return { text, number: digits === undefined ? null : Number(digits) }
}

type Column = 'default' | 'current' | 'next' | 'new'

function readColumns(heading: string): readonly Column[] {
  const columns: Column[] = []
  for (const match of heading.matchAll(/Default|Current|Next Boot|New/g)) {
    const word = match[0]
    columns.push(word === 'Default' ? 'default' : word === 'Current' ? 'current' : word === 'New' ? 'new' : 'next')
  }
  return columns.length > 0 ? columns : ['next']
}

function readRow(line: string, columns: readonly Column[]): FirmwareParameter | null {
  const match = /^\*?\s*(RO\s)?\s*([A-Z][A-Z0-9_]*(?:\[[\d.]+\])?)\s+(\S.*?)\s*$/.exec(line)
  if (match?.[2] === undefined || match[3] === undefined) return null
  // A value as wide as its column has no space behind it.
  const values = match[3].replaceAll(/\)(?=\S)/g, ') ').split(/\s+/)
  if (values.length < columns.length) return null
  const of = (column: Column): FirmwareValue | null => {
    const value = values[columns.indexOf(column)]
    return columns.includes(column) && value !== undefined ? parseFirmwareValue(value) : null
  }
  const next = of('next')
  if (!next) return null
  return { name: match[2], readOnly: match[1] !== undefined, default: of('default'), current: of('current'), next }
}
