import { done, gave, refused } from './errno.ts'
import { contentOf, type Disk, kept, openDisk } from './files-disk.ts'
import { glob } from './files-glob.ts'
import type { KernelContext } from './kernel/context.ts'
import type { FileStat, MachineFiles, Sys } from './machine.ts'
import type { DiskEntry } from './state.ts'
import { kernelTree } from './sysfs/kernel-tree.ts'
import type { FileNode, Node } from './sysfs/node.ts'

/** Links followed in one path before the kernel gives up. */
const maximumLinks = 40

/** What is at a path: something of the kernel's, or something on the disk. */
type Place =
  | { readonly at: 'kernel'; readonly path: string; readonly node: Node }
  | { readonly at: 'disk'; readonly path: string; readonly entry: DiskEntry }

/** The one name space of a machine: the disk with sysfs, procfs and debugfs mounted in it. */
export function openFiles(context: KernelContext): MachineFiles {
  const now = () => Math.floor(context.time.now())
  const disk = openDisk(context.state, now)
  const mounts = kernelTree(context)
  const moment: Moment = { seen: null }
  const find = (path: string, follow: boolean) => walk(disk, mounts, moment, path, follow)

  const files: MachineFiles = {
    read: (path) => {
      const place = find(path, true)
      return place.ok ? readPlace(place.value) : place
    },
    write: async (path, content) => {
      const place = find(path, true)
      if (place.ok) {
        const found = place.value
        if (found.at === 'kernel') return store(found.node, content)
        const { entry } = found
        if (entry.type !== 'file') return refused('EISDIR')
        context.state.files[found.path] = { ...entry, ...kept(content), mtime: now() }
        return done
      }
      const target = newPath(find, path)
      if (!target.ok) return target
      if (isMounted(mounts, target.value)) return refused('EACCES')
      disk.put(target.value, {
        type: 'file',
        ...kept(content),
        mode: '0644',
        owner: 'root',
        group: 'root',
        mtime: now(),
      })
      return done
    },
    stat: (path, follow) => {
      const place = find(path, follow)
      return place.ok ? gave(statPlace(place.value, context.state.boot.at)) : place
    },
    readlink: (path) => {
      const place = find(path, false)
      if (!place.ok) return place
      const thing = place.value.at === 'disk' ? place.value.entry : place.value.node
      return thing.type === 'link' ? gave(thing.target) : refused('EINVAL')
    },
    list: (path) => {
      const place = find(path, true)
      if (!place.ok) return place
      if (place.value.at === 'kernel') {
        const { node } = place.value
        return node.type === 'directory' ? gave(Object.keys(childrenOf(moment, node)).sort()) : refused('ENOTDIR')
      }
      return place.value.entry.type === 'directory'
        ? gave([...disk.names(place.value.path)].sort())
        : refused('ENOTDIR')
    },
    glob: (pattern) => atOneMoment(files, () => glob(files, pattern)),
    mkdir: (path, mode) => {
      if (find(path, false).ok) return refused('EEXIST')
      const target = newPath(find, path)
      if (!target.ok) return target
      if (isMounted(mounts, target.value)) return refused('EPERM')
      disk.put(target.value, { type: 'directory', mode, owner: 'root', group: 'root', mtime: now() })
      return done
    },
    remove: (path, recursive) => {
      const place = find(path, false)
      if (!place.ok) return place
      if (place.value.at === 'kernel') return refused('EPERM')
      if (place.value.entry.type === 'directory' && !recursive && disk.names(place.value.path).length > 0)
        return refused('ENOTEMPTY')
      disk.drop(place.value.path)
      return done
    },
    rename: (from, to) => {
      const place = find(from, false)
      if (!place.ok) return place
      const existing = find(to, false)
      const target = existing.ok ? gave(existing.value.path) : newPath(find, to)
      if (!target.ok) return target
      if (place.value.at === 'kernel' || isMounted(mounts, target.value)) return refused('EPERM')
      const isDirectory = place.value.entry.type === 'directory'
      if (existing.ok && existing.value.at === 'disk' && existing.value.entry.type === 'directory') {
        if (!isDirectory) return refused('EISDIR')
        if (disk.names(target.value).length > 0) return refused('ENOTEMPTY')
      } else if (existing.ok && isDirectory) return refused('ENOTDIR')
      const source = place.value.path
      const moved = disk.under(source).map((each) => [each, context.state.files[each]] as const)
      disk.drop(source)
      for (const [each, entry] of moved) if (entry) disk.put(`${target.value}${each.slice(source.length)}`, entry)
      return done
    },
    symlink: (path, target) => {
      if (find(path, false).ok) return refused('EEXIST')
      const place = newPath(find, path)
      if (!place.ok) return place
      if (isMounted(mounts, place.value)) return refused('EPERM')
      disk.put(place.value, { type: 'link', target })
      return done
    },
    chmod: (path, mode) => change(context, find(path, true), { mode }),
    chown: (path, owner, group) =>
      change(context, find(path, true), { ...(owner !== null && { owner }), ...(group !== null && { group }) }),
  }
  moments.set(files, moment)
  return files
}

/** What directories of the kernel hold, remembered while nothing can change; null when things may. */
interface Moment {
  seen: Map<Node, Readonly<Record<string, Node>>> | null
}

const moments = new WeakMap<MachineFiles, Moment>()

/** Does many looks at once: `work` waits for nothing and changes nothing, so each directory is made up only once. */
export function atOneMoment<T>(files: MachineFiles, work: () => T): T {
  const moment = moments.get(files)
  if (!moment || moment.seen !== null) return work()
  moment.seen = new Map()
  try {
    return work()
  } finally {
    moment.seen = null
  }
}

function childrenOf(moment: Moment, node: Node): Readonly<Record<string, Node>> {
  if (node.type !== 'directory') return {}
  const known = moment.seen?.get(node)
  if (known) return known
  const children = node.children()
  moment.seen?.set(node, children)
  return children
}

function walk(
  disk: Disk,
  mounts: Readonly<Record<string, Node>>,
  moment: Moment,
  path: string,
  follow: boolean,
): Sys<Place> {
  if (path === '') return refused('ENOENT')
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  const mustBeDirectory = path.length > 1 && path.endsWith('/')
  let here: Place = { at: 'disk', path: '/', entry: rootEntry }
  const trail: Place[] = []
  let followed = 0
  while (parts.length > 0) {
    const name = parts.shift() ?? ''
    if (name === '..') {
      here = trail.pop() ?? here
      continue
    }
    if (typeOf(here) !== 'directory') return refused('ENOTDIR')
    const next = childOf(disk, mounts, moment, here, name)
    if (!next) return refused('ENOENT')
    const target = targetOf(next)
    if (target !== null && (parts.length > 0 || follow || mustBeDirectory)) {
      if (++followed > maximumLinks) return refused('ELOOP')
      if (target.startsWith('/')) {
        here = { at: 'disk', path: '/', entry: rootEntry }
        trail.length = 0
      }
      parts.unshift(...target.split('/').filter((part) => part !== '' && part !== '.'))
      continue
    }
    trail.push(here)
    here = next
  }
  return mustBeDirectory && typeOf(here) !== 'directory' ? refused('ENOTDIR') : gave(here)
}

const rootEntry: DiskEntry = { type: 'directory', mode: '0755', owner: 'root', group: 'root', mtime: 0 }

function childOf(
  disk: Disk,
  mounts: Readonly<Record<string, Node>>,
  moment: Moment,
  here: Place,
  name: string,
): Place | null {
  const path = here.path === '/' ? `/${name}` : `${here.path}/${name}`
  if (here.at === 'kernel') {
    const children = childrenOf(moment, here.node)
    const node = Object.hasOwn(children, name) ? children[name] : undefined
    return node ? { at: 'kernel', path, node } : null
  }
  const mounted = mounts[path]
  if (mounted) return { at: 'kernel', path, node: mounted }
  const entry = disk.entry(path)
  return entry ? { at: 'disk', path, entry } : null
}

const typeOf = (place: Place): 'file' | 'directory' | 'link' =>
  place.at === 'kernel' ? place.node.type : place.entry.type

function targetOf(place: Place): string | null {
  const thing = place.at === 'kernel' ? place.node : place.entry
  return thing.type === 'link' ? thing.target : null
}

/** Where something new goes: its directory has to be there. A dangling link leads on to its target. */
function newPath(find: (path: string, follow: boolean) => Sys<Place>, path: string): Sys<string> {
  const bare = path.replace(/\/+$/, '')
  const cut = bare.lastIndexOf('/')
  const name = bare.slice(cut + 1)
  if (name === '' || name === '.' || name === '..') return refused('EEXIST')
  const parent = find(cut <= 0 ? '/' : bare.slice(0, cut), true)
  if (!parent.ok) return parent
  if (typeOf(parent.value) !== 'directory') return refused('ENOTDIR')
  return gave(parent.value.path === '/' ? `/${name}` : `${parent.value.path}/${name}`)
}

const isMounted = (mounts: Readonly<Record<string, Node>>, path: string): boolean =>
  Object.keys(mounts).some((mount) => path === mount || path.startsWith(`${mount}/`))

function readPlace(place: Place): Sys<Uint8Array> {
  if (place.at === 'disk') {
    if (place.entry.type === 'file') return gave(contentOf(place.entry))
    return refused(place.entry.type === 'directory' ? 'EISDIR' : 'ENOENT')
  }
  const { node } = place
  if (node.type === 'directory') return refused('EISDIR')
  if (node.type === 'link') return refused('ENOENT')
  // kernfs refuses to open what has no show function, even for root.
  if (node.read === null) return refused('EACCES')
  const shown = node.read()
  return shown.ok ? gave(Buffer.from(shown.value, 'utf8')) : shown
}

async function store(node: Node, content: Uint8Array): Promise<Sys> {
  if (node.type === 'directory') return refused('EISDIR')
  if (node.type === 'link') return refused('ENOENT')
  return storeFile(node, Buffer.from(content).toString('utf8'))
}

async function storeFile(node: FileNode, text: string): Promise<Sys> {
  return node.write === null ? refused('EACCES') : node.write(text)
}

/** Bytes that sysfs says every attribute has. */
const pageSize = 4096

function statPlace(place: Place, bootedAt: number): FileStat {
  if (place.at === 'disk') {
    const { entry } = place
    if (entry.type === 'link')
      return {
        type: 'link',
        mode: '0777',
        owner: 'root',
        group: 'root',
        size: entry.target.length,
        mtime: Math.floor(bootedAt),
      }
    const size = entry.type === 'file' ? contentOf(entry).length : pageSize
    return {
      type: entry.type,
      mode: entry.mode,
      owner: entry.owner,
      group: entry.group,
      size,
      mtime: Math.floor(entry.mtime),
    }
  }
  const { node } = place
  const isProc = place.path.startsWith('/proc')
  return {
    type: node.type,
    mode: node.type === 'link' ? '0777' : node.mode,
    owner: 'root',
    group: 'root',
    size: node.type === 'file' && !isProc ? pageSize : 0,
    mtime: Math.floor(bootedAt),
  }
}

function change(
  context: KernelContext,
  place: Sys<Place>,
  to: { readonly mode?: string; readonly owner?: string; readonly group?: string },
): Sys {
  if (!place.ok) return place
  if (place.value.at === 'kernel') return done
  const { entry, path } = place.value
  if (entry.type !== 'link') context.state.files[path] = { ...entry, ...to }
  return done
}
