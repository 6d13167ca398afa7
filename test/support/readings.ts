import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Facts, PfFact } from '../../src/module/facts.ts'
import type { Module, PlanContext } from '../../src/module/module.ts'
import type { Plan } from '../../src/module/plan.ts'
import { type Read, readKey } from '../../src/module/read.ts'
import { type AttrValue, type Reading, Readings } from '../../src/module/reading.ts'
import { compileTemplate } from '../../src/template/render.ts'
import { facts as el9Facts } from './facts.ts'
import { tinyContext, withDefaults } from './tiny-host.ts'

/** A command's answer; a text alone is its stdout. */
export type Answer = string | { readonly status?: number; readonly stdout?: string; readonly stderr?: string }

/** What a host shows, for reads with globs: kernel files, links, disk files, commands by their words. Null takes a thing away. */
export interface Shown {
  readonly attrs?: Readonly<Record<string, string | { readonly error: string } | null>>
  readonly links?: Readonly<Record<string, string | null>>
  readonly files?: Readonly<Record<string, string | null>>
  readonly commands?: Readonly<Record<string, Answer | null>>
}

/** The two kinds of hypervisor that the product is shown on. */
export type ProfileName = 'rhel7.7' | 'el9'
export const profiles: readonly ProfileName[] = ['rhel7.7', 'el9']

export const guid = 'f4ab580003a1420c'
export const pfAddresses = ['0000:61:00.0', '0000:61:00.1'] as const
/** VF addresses by PF and index, with NUM_OF_VFS=4. */
export const vfAddresses = [
  ['0000:61:00.2', '0000:61:00.3', '0000:61:00.4', '0000:61:00.5'],
  ['0000:61:00.6', '0000:61:00.7', '0000:61:01.0', '0000:61:01.1'],
] as const
const netdevNames = ['ens2f0', 'ens2f1'] as const

/** A port of the card as facts tell it. */
export function pfFact(port: 0 | 1, over: Partial<PfFact> = {}): PfFact {
  return {
    pci: pfAddresses[port],
    netdev: netdevNames[port],
    mac: `98:03:9b:11:22:3${port}`,
    vendor: '15b3',
    device: '1019',
    card: 'ConnectX-5 Ex',
    vf_lag: true,
    switch_id: null,
    system_image: null,
    serial: null,
    port,
    driver: 'mlx5_core',
    ...over,
  }
}

/** Facts of a hypervisor of a profile. */
export function hvFacts(profile: ProfileName, over: Partial<Facts> = {}): Facts {
  const pfs = [pfFact(0), pfFact(1)]
  if (profile === 'el9') {
    const newer = { device: '101d', card: 'ConnectX-6 Dx', switch_id: guid }
    return el9Facts({ pfs: [pfFact(0, newer), pfFact(1, newer)], ...over })
  }
  return { ...tinyContext.facts, pfs, ...over }
}

/** How a hypervisor stands. */
export interface Standing {
  /** sriov_totalvfs; null: SR-IOV is off. */
  readonly total?: number | null
  /** VFs on each PF. */
  readonly vfs?: number
  readonly autoprobe?: boolean
  readonly mode?: 'legacy' | 'switchdev'
  /** Driver of every VF. */
  readonly driver?: string | null
  readonly bond?: {
    readonly mode?: string
    readonly slaves?: readonly string[]
    readonly options?: Readonly<Record<string, string>>
    readonly inOvs?: boolean
  } | null
  readonly lag?: 'switchdev' | 'roce' | null
  /** VMs with the VF addresses they have. */
  readonly vms?: readonly {
    readonly name: string
    readonly running?: boolean
    readonly live?: readonly string[]
    readonly stored?: readonly string[]
    readonly mac?: string
  }[]
}

/** What a hypervisor of a profile shows when it stands so. */
export function hypervisor(profile: ProfileName, standing: Standing = {}): Required<Shown> {
  const attrs: Record<string, string | { error: string }> = {}
  const links: Record<string, string> = {}
  const commands: Record<string, Answer> = {}
  const {
    vfs = 0,
    mode = 'legacy',
    total = 4,
    driver = null,
    autoprobe = true,
    bond = null,
    lag = null,
    vms = [],
  } = standing
  for (const port of [0, 1] as const) {
    const pci = pfAddresses[port]
    const path = `/sys/bus/pci/devices/${pci}`
    if (total !== null) {
      attrs[`${path}/sriov_totalvfs`] = String(total)
      attrs[`${path}/sriov_numvfs`] = String(vfs)
      attrs[`${path}/sriov_drivers_autoprobe`] = autoprobe ? '1' : '0'
    }
    for (let index = 0; index < vfs; index++) {
      links[`${path}/virtfn${index}`] = `../${vfAddresses[port][index]}`
      links[`${path}/virtfn${index}/physfn`] = `../${pci}`
      attrs[`${path}/virtfn${index}/driver_override`] = '(null)'
      if (driver !== null) links[`${path}/virtfn${index}/driver`] = `../../../../bus/pci/drivers/${driver}`
    }
    const switchId = profile === 'el9' || mode === 'switchdev' ? guid : null
    addNetdev(attrs, links, netdevNames[port], {
      pci,
      switchId,
      portName: `p${port}`,
      up: bond !== null,
      master: bond && (bond.slaves ?? netdevNames).includes(netdevNames[port]) ? 'bond0' : null,
    })
    if (mode === 'switchdev')
      for (let index = 0; index < vfs; index++)
        addNetdev(attrs, links, `${netdevNames[port]}_${index}`, {
          pci: profile === 'el9' ? pci : null,
          switchId: guid,
          portName: `pf${port}vf${index}`,
          up: false,
          master: null,
        })
    commands[`devlink dev eswitch show pci/${pci}`] =
      profile === 'rhel7.7' && vfs === 0
        ? { status: 1, stderr: 'devlink answers: Operation not supported\n' }
        : `pci/${pci}: mode ${mode} inline-mode none encap${profile === 'el9' ? '-mode basic' : ' enable'}\n`
    if (profile === 'el9') {
      const debugfs = `/sys/kernel/debug/mlx5/${pci}/lag`
      attrs[`${debugfs}/state`] = lag === null ? 'disabled' : 'active'
      attrs[`${debugfs}/type`] = lag === null ? { error: 'Invalid argument' } : lag
      attrs[`${debugfs}/port_sel_mode`] = lag === null ? { error: 'Invalid argument' } : 'hash'
    }
    commands[`ip -o addr show dev ${netdevNames[port]}`] = ''
    commands[`ethtool -k ${netdevNames[port]}`] = `Features for ${netdevNames[port]}:\nhw-tc-offload: off\n`
  }
  if (bond) addBond(attrs, links, bond)
  attrs['/sys/kernel/iommu_groups/0/type'] = 'DMA'
  commands['virsh list --all --name'] = `${vms.map((vm) => `${vm.name}\n`).join('')}\n`
  for (const vm of vms) {
    commands[`virsh domstate ${vm.name}`] = vm.running === false ? 'shut off\n\n' : 'running\n\n'
    commands[`virsh dumpxml ${vm.name}`] = domainXml(
      vm.name,
      vm.running === false ? (vm.stored ?? []) : (vm.live ?? []),
      vm.mac,
    )
    commands[`virsh dumpxml --inactive ${vm.name}`] = domainXml(vm.name, vm.stored ?? [], vm.mac)
  }
  const files: Record<string, string> =
    profile === 'el9' && lag !== null
      ? Object.fromEntries(
          pfAddresses.flatMap((pci) => [
            [`/sys/kernel/debug/mlx5/${pci}/lag/mapping`, '1\n2\n'],
            [`/sys/kernel/debug/mlx5/${pci}/lag/flags`, 'shared_fdb:on\nfdb_selection_mode:native\n'],
          ]),
        )
      : {}
  // Who reads network files.
  files[profile === 'el9' ? '/usr/sbin/NetworkManager' : '/etc/sysconfig/network-scripts/ifcfg-lo'] = ''
  return { attrs, links, files, commands }
}

function addNetdev(
  attrs: Record<string, string | { error: string }>,
  links: Record<string, string>,
  name: string,
  dev: { pci: string | null; switchId: string | null; portName: string; up: boolean; master: string | null },
): void {
  const path = `/sys/class/net/${name}`
  attrs[`${path}/flags`] = dev.up ? '0x1003' : '0x1002'
  attrs[`${path}/phys_switch_id`] = dev.switchId ?? { error: 'Operation not supported' }
  attrs[`${path}/phys_port_name`] = dev.switchId === null ? { error: 'Operation not supported' } : dev.portName
  if (dev.pci !== null) links[`${path}/device`] = `../../../${dev.pci}`
  if (dev.master !== null) links[`${path}/master`] = `../${dev.master}`
}

function addBond(
  attrs: Record<string, string | { error: string }>,
  links: Record<string, string>,
  bond: NonNullable<Standing['bond']>,
): void {
  const path = '/sys/class/net/bond0'
  attrs[`${path}/flags`] = '0x1443'
  attrs[`${path}/mtu`] = '1500'
  attrs[`${path}/phys_switch_id`] = { error: 'Operation not supported' }
  attrs[`${path}/bonding/mode`] = bond.mode ?? '802.3ad 4'
  attrs[`${path}/bonding/slaves`] = (bond.slaves ?? netdevNames).join(' ')
  for (const [name, value] of Object.entries({
    miimon: '100',
    lacp_rate: 'fast 1',
    xmit_hash_policy: 'layer3+4 1',
    ...bond.options,
  }))
    attrs[`${path}/bonding/${name}`] = value
  if (bond.inOvs) links[`${path}/master`] = '../ovs-system'
}

/** A domain's XML with host devices, as virsh prints it. */
export function domainXml(name: string, vfs: readonly string[], mac = '52:54:00:01:00:01'): string {
  const devices = vfs.map((pci) => {
    const [, domain, bus, slot, fn] = /^(\w+):(\w+):(\w+)\.(\w)$/.exec(pci) ?? []
    return `    <interface type='hostdev' managed='yes'>
      <mac address='${mac}'/>
      <driver name='vfio'/>
      <source>
        <address type='pci' domain='0x${domain}' bus='0x${bus}' slot='0x${slot}' function='0x${fn}'/>
      </source>
      <alias name='hostdev0'/>
      <address type='pci' domain='0x0000' bus='0x07' slot='0x00' function='0x0'/>
    </interface>\n`
  })
  return `<domain type='kvm' id='1'>\n  <name>${name}</name>\n  <devices>\n    <interface type='network'>\n      <mac address='52:54:00:aa:00:01'/>\n      <source network='default'/>\n    </interface>\n${devices.join('')}  </devices>\n</domain>\n\n`
}

/** One thing over another; null takes away. */
export function shown(base: Shown, over: Shown): Shown {
  return {
    attrs: { ...base.attrs, ...over.attrs },
    links: { ...base.links, ...over.links },
    files: { ...base.files, ...over.files },
    commands: { ...base.commands, ...over.commands },
  }
}

/** Reads, looks again where the module wants to, and plans. Templates are the shipped ones. */
export function planFor(
  module: Module,
  args: object,
  host: Shown,
  facts: Facts,
  context: Partial<PlanContext> = {},
): Plan {
  const given = withDefaults(module, args)
  return module.plan(given, stateFor(module, args, host, facts), {
    ...tinyContext,
    render: shippedTemplates,
    facts,
    ...context,
  })
}

/** What a module makes of a host. */
export function stateFor(module: Module, args: object, host: Shown, facts: Facts): unknown {
  const given = withDefaults(module, args)
  const first = module.reads?.(given, facts) ?? []
  const more = module.more?.(given, readingsOf(first, host), facts) ?? []
  return module.state(given, readingsOf([...first, ...more], host), facts)
}

/** Which commands a module runs to look at a host. */
export function commandsOf(module: Module, args: object, host: Shown, facts: Facts): readonly string[] {
  const given = withDefaults(module, args)
  const first = module.reads?.(given, facts) ?? []
  const more = module.more?.(given, readingsOf(first, host), facts) ?? []
  return [...first, ...more].flatMap((read) => (read.kind === 'command' ? [read.argv.join(' ')] : []))
}

/** Renders the templates that are shipped. */
export const shippedTemplates: PlanContext['render'] = (name, extra) => {
  const text = readFileSync(fileURLToPath(new URL(`../../templates/${name}`, import.meta.url)), 'utf8')
  const template = compileTemplate(text, { escape: name.endsWith('.xml.hbs') ? 'xml' : 'none' })
  if (!template.ok) throw new Error(template.error.map((each) => each.message).join('\n'))
  const rendered = template.value.render(extra ?? {})
  if (!rendered.ok) throw new Error(rendered.error.message)
  return rendered.value
}

/** What a host answers to some reads. */
export function readingsOf(reads: readonly Read[], host: Shown): Readings {
  return new Readings(new Map(reads.map((read) => [readKey(read), answer(read, host)])))
}

function answer(read: Read, host: Shown): Reading {
  const { attrs = {}, links = {}, files = {}, commands = {} } = host
  switch (read.kind) {
    case 'attrs':
      return {
        kind: 'attrs',
        values: new Map(
          [...matching(attrs, read.globs), ...matching(files, read.globs)].map(([path, value]) => [
            path,
            attrValue(value),
          ]),
        ),
      }
    case 'links':
      return { kind: 'links', targets: new Map(matching(links, read.globs)) }
    case 'list': {
      const all = new Set([...keys(attrs), ...keys(links), ...keys(files)].flatMap(ancestors))
      return {
        kind: 'list',
        paths: [...all].filter((path) => read.globs.some((glob) => pattern(glob).test(path))).sort(),
      }
    }
    case 'file': {
      const text = files[read.path] ?? null
      if (text === null) return { kind: 'file', path: read.path, state: 'absent' }
      return {
        kind: 'file',
        path: read.path,
        state: 'present',
        type: 'file',
        bytes: Buffer.from(text),
        mode: '0644',
        owner: 'root',
        group: 'root',
      }
    }
    case 'stat':
      return files[read.path] == null
        ? { kind: 'stat', path: read.path, state: 'absent' }
        : {
            kind: 'stat',
            path: read.path,
            state: 'present',
            type: 'file',
            mode: '0644',
            owner: 'root',
            group: 'root',
            uid: 0,
            gid: 0,
            size: 0,
            mtime: 0,
            inode: 1,
            links: 1,
            target: null,
            checksum: null,
          }
    case 'command': {
      const found = commands[read.argv.join(' ')] ?? { status: 127, stderr: `sh: 1: ${read.argv[0]}: not found\n` }
      const result = typeof found === 'string' ? { stdout: found } : found
      return {
        kind: 'command',
        argv: read.argv,
        status: result.status ?? 0,
        stdout: result.stdout ?? '',
        stderr: result.stderr ?? '',
      }
    }
  }
}

const attrValue = (value: string | { readonly error: string }): AttrValue =>
  typeof value === 'string' ? { ok: true, value } : { ok: false, reason: value.error }

function matching<T>(record: Readonly<Record<string, T | null>>, globs: readonly string[]): (readonly [string, T])[] {
  return globs.flatMap((glob) =>
    Object.entries(record).flatMap(([path, value]) =>
      value !== null && pattern(glob).test(path) ? [[path, value] as const] : [],
    ),
  )
}

const keys = (record: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.entries(record).flatMap(([path, value]) => (value === null ? [] : [path]))

function ancestors(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.slice(1).map((_, at) => parts.slice(0, at + 2).join('/'))
}

function pattern(glob: string): RegExp {
  const escaped = glob
    .replaceAll(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
  return new RegExp(`^${escaped}$`)
}
