/** One section of a file made of `[Section]` and `key=value` lines. A name may come several times. */
export interface IniSection {
  readonly name: string
  /** In the order of the file; a key may come several times. */
  readonly entries: readonly (readonly [key: string, value: string])[]
}

/**
 * Reads what systemd.syntax(7) and NetworkManager's keyfiles (GKeyFile) have in common: sections, `key=value`, comments
 * with `#` or `;` at the start of a line, and a backslash at its end that joins it to the next. Anything else is passed over.
 */
export function parseIni(text: string): readonly IniSection[] {
  const sections: { name: string; entries: [string, string][] }[] = []
  for (const line of text.replaceAll(/\\\r?\n/g, ' ').split('\n')) {
    const trimmed = line.trim()
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue
    const name = /^\[(.+)\]$/.exec(trimmed)?.[1]
    if (name !== undefined) {
      sections.push({ name, entries: [] })
      continue
    }
    const at = trimmed.indexOf('=')
    if (at > 0) sections.at(-1)?.entries.push([trimmed.slice(0, at).trim(), trimmed.slice(at + 1).trim()])
  }
  return sections
}

/** The values of a key, in order, over all sections of a name. */
export function allOf(sections: readonly IniSection[], section: string, key: string): readonly string[] {
  return sections
    .filter((each) => each.name === section)
    .flatMap((each) => each.entries.filter(([name]) => name === key).map(([, value]) => value))
}

/** The last value of a key, which is the one that counts; null when there is none. */
export function lastOf(sections: readonly IniSection[], section: string, key: string): string | null {
  return allOf(sections, section, key).at(-1) ?? null
}
