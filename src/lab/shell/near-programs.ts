/**
 * just-bash runs its programs where they lie in `/usr/bin` and `/bin`; elsewhere they are scripts to it, and a script is given no
 * more than nine arguments (3.4). So `sbin` stands behind them in PATH, and a command that names it is led to `/usr/bin`.
 */
export function binFirst(path: string): string {
  const folders = path.split(':')
  const isNear = (folder: string) => /^(\/usr)?\/bin$/.test(folder)
  const first = folders.findIndex((folder) => /^(\/usr)?\/s?bin$/.test(folder))
  if (first < 0) return path
  const rest = folders.slice(first)
  return [...folders.slice(0, first), ...rest.filter(isNear), ...rest.filter((folder) => !isNear(folder))].join(':')
}

/** The script with `/usr/sbin/ip` written as `/usr/bin/ip` where a command begins with it and `programs` has it. */
export function nearPrograms<Script>(script: Script, programs: ReadonlySet<string>): Script {
  const visit = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(visit)
    if (typeof node !== 'object' || node === null) return node
    const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, visit(value)]))
    return copy['type'] === 'SimpleCommand' ? { ...copy, name: near(copy['name'], programs) } : copy
  }
  return visit(script) as Script
}

function near(name: unknown, programs: ReadonlySet<string>): unknown {
  const parts: unknown = typeof name === 'object' && name !== null ? Reflect.get(name, 'parts') : null
  if (!Array.isArray(parts) || parts.length !== 1) return name
  const [part]: unknown[] = parts
  if (typeof part !== 'object' || part === null) return name
  const program = /^(?:\/usr)?\/sbin\/([^/]+)$/.exec(String(Reflect.get(part, 'value')))?.[1]
  if (program === undefined || !programs.has(program)) return name
  return { ...(name as object), parts: [{ ...part, value: `/usr/bin/${program}` }] }
}
