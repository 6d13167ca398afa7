import type { DiskEntry, MachineState } from './state.ts'

/** The disk: entries by absolute path. Directories above an entry exist without being listed. */
export interface Disk {
  readonly entry: (path: string) => DiskEntry | undefined
  readonly names: (path: string) => readonly string[]
  readonly put: (path: string, entry: DiskEntry) => void
  readonly drop: (path: string) => void
  /** Every path at and under a path. */
  readonly under: (path: string) => readonly string[]
}

/** Opens the disk of a machine. */
export function openDisk(state: MachineState, now: () => number): Disk {
  const prefixOf = (path: string) => (path === '/' ? '/' : `${path}/`)
  const under = (path: string) =>
    Object.keys(state.files).filter((each) => each === path || each.startsWith(prefixOf(path)))
  return {
    entry: (path) => {
      const entry = state.files[path]
      if (entry || path === '/' || standard.has(path) || under(path).length > 0) return entry ?? impliedDirectory(state)
      return undefined
    },
    names: (path) => {
      const prefix = prefixOf(path)
      const found = new Set<string>()
      for (const each of [...Object.keys(state.files), ...standard]) {
        if (each.startsWith(prefix) && each.length > prefix.length)
          found.add(each.slice(prefix.length).split('/', 1)[0] ?? '')
      }
      return [...found]
    },
    put: (path, entry) => {
      keepParents(state, path, now())
      state.files[path] = entry
    },
    drop: (path) => {
      keepParents(state, path, now())
      for (const each of under(path)) delete state.files[each]
    },
    under,
  }
}

/** Directories that every system has. */
const standard: ReadonlySet<string> = new Set([
  '/bin',
  '/dev',
  '/etc',
  '/home',
  '/opt',
  '/proc',
  '/root',
  '/run',
  '/sbin',
  '/sys',
  '/tmp',
  '/usr',
  '/usr/bin',
  '/usr/lib',
  '/usr/local',
  '/usr/local/bin',
  '/usr/sbin',
  '/var',
  '/var/lib',
  '/var/log',
  '/var/run',
  '/var/tmp',
])

/** The parent of the first or last entry in it must not vanish with it: an implied directory becomes a listed one only when it would. */
function keepParents(state: MachineState, path: string, now: number): void {
  const parent = path.slice(0, path.lastIndexOf('/'))
  if (parent === '' || standard.has(parent) || state.files[parent]) return
  const others = Object.keys(state.files).some(
    (each) => each.startsWith(`${parent}/`) && each !== path && !each.startsWith(`${path}/`),
  )
  const here = Object.keys(state.files).some((each) => each === path || each.startsWith(`${path}/`))
  if (here && !others) state.files[parent] = { ...impliedDirectory(state), mtime: now }
}

const impliedDirectory = (state: MachineState): Extract<DiskEntry, { type: 'directory' }> => ({
  type: 'directory',
  mode: '0755',
  owner: 'root',
  group: 'root',
  mtime: state.boot.at,
})

/** The bytes of a regular file. */
export function contentOf(entry: Extract<DiskEntry, { type: 'file' }>): Uint8Array {
  return Buffer.from(entry.content, entry.encoding === 'utf8' ? 'utf8' : 'base64')
}

/** Content as it is kept: as text when it is UTF-8, else in base64. */
export function kept(bytes: Uint8Array): { readonly content: string; readonly encoding: 'utf8' | 'base64' } {
  const buffer = Buffer.from(bytes)
  const text = buffer.toString('utf8')
  return Buffer.from(text, 'utf8').equals(buffer)
    ? { content: text, encoding: 'utf8' }
    : { content: buffer.toString('base64'), encoding: 'base64' }
}
