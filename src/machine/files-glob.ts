import type { MachineFiles } from './machine.ts'

/**
 * Paths that match a pattern, as a shell expands it: `*`, `?` and `[...]` within one name, names with a leading dot only when
 * the pattern has one. A pattern without wildcards is the path itself where it exists.
 */
export function glob(files: Pick<MachineFiles, 'list' | 'stat'>, pattern: string): readonly string[] {
  let found: readonly string[] = [pattern.startsWith('/') ? '' : '.']
  const parts = pattern.split('/').filter((part) => part !== '')
  for (const part of parts) {
    if (!/[*?[]/.test(part)) {
      const name = part.replaceAll(/\\(.)/g, '$1')
      found = found.map((path) => `${path}/${name}`)
      continue
    }
    const matches = matcher(part)
    found = found.flatMap((path) => {
      const names = files.list(path === '' ? '/' : path)
      return names.ok ? names.value.filter(matches).map((name) => `${path}/${name}`) : []
    })
  }
  return found.filter((path) => files.stat(path, false).ok).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function matcher(part: string): (name: string) => boolean {
  const source = part.replaceAll(/\[!?\]?[^\]]*\]|\\.|[\s\S]/g, (token) => {
    if (token === '*') return '.*'
    if (token === '?') return '.'
    if (token.startsWith('[') && token.length > 2)
      return `[${token.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`
    if (token.startsWith('\\')) return escaped(token.slice(1))
    return escaped(token)
  })
  const pattern = new RegExp(`^${source}$`, 's')
  return (name) => pattern.test(name) && (!name.startsWith('.') || part.startsWith('.'))
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
