import { createHash } from 'node:crypto'
import type { Facts } from '../../src/module/facts.ts'
import type { Module, PlanContext } from '../../src/module/module.ts'
import type { Plan } from '../../src/module/plan.ts'
import { type Read, readKey } from '../../src/module/read.ts'
import { type FileType, type Reading, Readings } from '../../src/module/reading.ts'

/** What is at a path of a {@link TinyHost}. */
export interface TinyFile {
  readonly type?: FileType
  readonly text?: string
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
  /** Of a link. */
  readonly target?: string
  /** Why it can be neither read nor looked at. */
  readonly error?: string
}

/** A host for tables of state -> plan: files by path, commands by their words. What is not named is absent. */
export interface TinyHost {
  readonly files?: Readonly<Record<string, TinyFile>>
  readonly commands?: Readonly<
    Record<string, { readonly status?: number; readonly stdout?: string; readonly stderr?: string }>
  >
}

/** Facts of an ordinary host. */
export const tinyFacts: Facts = {
  hostname: 'hv1',
  fqdn: 'hv1.lab',
  distribution: { id: 'rhel', version: '7.7', major: 7, family: 'redhat', name: 'RHEL 7.7' },
  kernel: '3.10.0-1062.el7.x86_64',
  architecture: 'x86_64',
  boot_id: 'a',
  package_manager: 'yum',
  systemd: 219,
  network_backend: 'network-scripts',
  pfs: [],
  management: { interface: 'eno1', uses: ['eno1'] },
}

/** A context in which nothing is loaded, all conditions hold and no variable is set. */
export const tinyContext: PlanContext = {
  facts: tinyFacts,
  host: 'hv1',
  check: false,
  elapsed: 0,
  files: new Map(),
  render: (name) => `rendered ${name}\n`,
  test: () => ({ holds: true }),
  variable: () => undefined,
}

/** Arguments with the defaults of the schema filled in, as the engine does. */
export function withDefaults(module: Module, args: object): Record<string, unknown> {
  const defaults = Object.entries(module.args.properties).flatMap(([name, schema]) =>
    schema.default === undefined ? [] : [[name, schema.default] as const],
  )
  return { ...Object.fromEntries(defaults), ...args }
}

/** What a module sees on a host: its reads, then those that depend on them. */
export function lookAt(module: Module, args: object, host: TinyHost, facts: Facts = tinyFacts): unknown {
  const given = withDefaults(module, args)
  const first = module.reads?.(given, facts) ?? []
  const seen = readingsOf(first, host)
  const more = module.more?.(given, seen, facts) ?? []
  return module.state(given, readingsOf([...first, ...more], host), facts)
}

/** Reads, looks and plans in one go. */
export function planOn(module: Module, args: object, host: TinyHost = {}, context: Partial<PlanContext> = {}): Plan {
  const whole = { ...tinyContext, ...context }
  return module.plan(withDefaults(module, args), lookAt(module, args, host, whole.facts), whole)
}

function readingsOf(reads: readonly Read[], host: TinyHost): Readings {
  return new Readings(new Map(reads.map((read) => [readKey(read), answer(read, host)])))
}

function answer(read: Read, host: TinyHost): Reading {
  const files = host.files ?? {}
  switch (read.kind) {
    case 'file':
      return fileReading(read.path, files[read.path])
    case 'stat':
      return statReading(read.path, follow(files, read.path, read.follow), read.checksum)
    case 'command': {
      const found = host.commands?.[read.argv.join(' ')]
      const result = found ?? { status: 127, stderr: `${read.argv[0]}: not found` }
      return {
        kind: 'command',
        argv: read.argv,
        status: result.status ?? 0,
        stdout: result.stdout ?? '',
        stderr: result.stderr ?? '',
      }
    }
    case 'list':
      return { kind: 'list', paths: read.globs.filter((path) => files[path] !== undefined) }
    case 'attrs':
      return {
        kind: 'attrs',
        values: new Map(
          read.globs.flatMap((path) => {
            const found = files[path]
            return found === undefined ? [] : [[path, { ok: true, value: found.text ?? '' }] as const]
          }),
        ),
      }
    case 'links':
      return { kind: 'links', targets: new Map() }
  }
}

function follow(files: Readonly<Record<string, TinyFile>>, path: string, follows: boolean): TinyFile | undefined {
  const found = files[path]
  return follows && found?.type === 'link' ? files[found.target ?? ''] : found
}

function fileReading(path: string, found: TinyFile | undefined): Reading {
  if (!found) return { kind: 'file', path, state: 'absent' }
  if (found.error !== undefined) return { kind: 'file', path, state: 'error', reason: found.error }
  return {
    kind: 'file',
    path,
    state: 'present',
    type: found.type ?? 'file',
    bytes: Buffer.from(found.text ?? ''),
    ...owned(found),
  }
}

function statReading(path: string, found: TinyFile | undefined, checksum: boolean): Reading {
  if (!found) return { kind: 'stat', path, state: 'absent' }
  if (found.error !== undefined) return { kind: 'stat', path, state: 'error', reason: found.error }
  const type = found.type ?? 'file'
  return {
    kind: 'stat',
    path,
    state: 'present',
    type,
    ...owned(found),
    uid: found.owner === 'qemu' ? 107 : 0,
    gid: found.group === 'qemu' ? 107 : 0,
    size: (found.text ?? '').length,
    mtime: 1700000000,
    inode: 7,
    links: 1,
    target: found.target ?? null,
    checksum:
      checksum && type === 'file'
        ? createHash('sha1')
            .update(found.text ?? '')
            .digest('hex')
        : null,
  }
}

function owned(found: TinyFile): { readonly mode: string; readonly owner: string; readonly group: string } {
  return {
    mode: found.mode ?? (found.type === 'directory' ? '0755' : '0644'),
    owner: found.owner ?? 'root',
    group: found.group ?? 'root',
  }
}
