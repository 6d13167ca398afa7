import { domainId, hostDevices } from '../libvirt/domain-xml.ts'
import { shutDown, startDomain, stopDomain } from '../libvirt/life.ts'
import { listNodeDevices, nodeDeviceXml } from '../libvirt/node-devices.ts'
import type { Machine, Tool, ToolCall } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import { upstreamVersion } from '../services/packages.ts'
import type { Domain } from '../state.ts'
import { absent, failed, installed, splitOptions } from './program.ts'
import { attach, detach, deviceFlags } from './virsh-device.ts'
import { chat, print, type Request, type Said } from './virsh-request.ts'

/** virsh(1) for one command given as arguments. As virsh does, it prints an empty line after whatever the command says. */
export const virsh: Tool = async (call) => {
  const { machine } = call
  if (!installed(machine, 'libvirt', 'libvirt-client', 'libvirt-clients')) return absent('virsh')
  const args = [...call.args]
  let quiet = false
  for (let arg = args[0]; arg?.startsWith('-'); arg = args[0]) {
    args.shift()
    if (arg === '-q' || arg === '--quiet') quiet = true
    else if (arg === '-c' || arg === '--connect') args.shift()
    else if (arg === '-v' || arg === '--version')
      return { status: 0, stdout: `${libvirtVersion(machine)}\n`, stderr: '' }
    else if (!arg.startsWith('--connect=')) return failed(1, `error: unsupported option '${arg}'. See --help.\n`)
  }
  const name = args.shift() ?? ''
  const spec = commands[name]
  if (!spec) return failed(1, `error: unknown command: '${name}'\n`)
  const said = await carryOut(call, name, spec, args)
  const extra = quiet ? '' : '\n'
  if (said.status !== 0) return { ...said, stdout: said.stdout + extra }
  return { ...said, stdout: (quiet ? said.stdout : said.stdout + (said.chat ?? '')) + extra }
}

interface Spec {
  readonly flags: readonly string[]
  readonly valued?: readonly string[]
  /** The names of its words, the domain first where it takes one. */
  readonly words: readonly string[]
  readonly optional?: boolean
  readonly perform: (request: Request) => Said | Promise<Said>
}

const commands: Readonly<Record<string, Spec>> = {
  list: { flags: ['--all', '--inactive', '--name', '--uuid', '--autostart'], words: [], perform: list },
  domstate: { flags: ['--reason'], words: ['domain'], perform: state },
  domuuid: { flags: [], words: ['domain'], perform: ({ domain }) => print(`${domain?.uuid}\n`) },
  domid: {
    flags: [],
    words: ['domain'],
    perform: ({ domain }) => print(`${domain?.liveXml ? domainId(domain.liveXml) : '-'}\n`),
  },
  domiflist: { flags: ['--inactive'], words: ['domain'], perform: interfaces },
  dumpxml: {
    flags: ['--inactive', '--security-info', '--update-cpu', '--migratable'],
    words: ['domain'],
    perform: ({ domain, has }) => print((has('--inactive') ? null : domain?.liveXml) ?? domain?.persistentXml ?? ''),
  },
  'attach-device': { flags: deviceFlags, words: ['domain', 'file'], perform: attach },
  'detach-device': { flags: deviceFlags, words: ['domain', 'file'], perform: detach },
  start: { flags: ['--console', '--paused', '--autodestroy'], words: ['domain'], perform: start },
  shutdown: { flags: [], valued: ['--mode'], words: ['domain'], perform: shutdown },
  destroy: { flags: ['--graceful'], words: ['domain'], perform: destroy },
  autostart: { flags: ['--disable'], words: ['domain'], perform: autostart },
  'nodedev-list': {
    flags: ['--tree'],
    valued: ['--cap'],
    words: [],
    perform: ({ machine, value }) => print(`${listNodeDevices(machine, value('--cap') ?? null).join('\n')}\n`),
  },
  'nodedev-dumpxml': { flags: [], words: ['device'], perform: nodeDevice },
  version: { flags: ['--daemon'], words: [], perform: ({ machine }) => print(versionReport(machine)) },
}

async function carryOut(call: ToolCall, name: string, spec: Spec, args: readonly string[]): Promise<Said> {
  const { machine } = call
  // `--domain vm1` and `--file x` may be said instead of words.
  const named = spec.words.map((word) => `--${word}`)
  const options = splitOptions(args, { flags: spec.flags, valued: [...(spec.valued ?? []), ...named] })
  if (options.wrong !== null) {
    return failed(1, `error: command '${name}' doesn't support option ${options.wrong}\n`)
  }
  const words: string[] = []
  const rest = [...options.words]
  for (const word of spec.words) {
    const given = options.values.get(`--${word}`)?.[0] ?? rest.shift()
    if (given === undefined) return failed(1, `error: command '${name}' requires <${word}> option\n`)
    words.push(given)
  }
  if (rest[0] !== undefined) return failed(1, `error: unexpected data '${rest[0]}'\n`)
  const daemon = userlandOf(machine).libvirtDaemon
  if (!machine.state.services[`${daemon}.service`]?.active) {
    const socket = `/var/run/libvirt/${daemon === 'libvirtd' ? 'libvirt' : 'virtqemud'}-sock`
    return failed(
      1,
      `error: failed to connect to the hypervisor\nerror: Failed to connect socket to '${socket}': No such file or directory\n`,
    )
  }
  let domain: Domain | null = null
  if (spec.words[0] === 'domain') {
    domain = findDomain(machine, words[0] ?? '')
    if (!domain) {
      return failed(
        1,
        `error: failed to get domain '${words[0]}'\nerror: Domain not found: no domain with matching name '${words[0]}'\n`,
      )
    }
  }
  return spec.perform({
    call,
    machine,
    domain,
    words,
    has: (flag) => options.values.has(flag),
    value: (option) => options.values.get(option)?.[0],
  })
}

async function start({ machine, domain }: Request): Promise<Said> {
  if (!domain) return print('')
  if (domain.state === 'running') return failed(1, 'error: Domain is already active\n')
  const started = await startDomain(machine, domain)
  if (started.ok) return chat(`Domain ${quoted(machine, domain.name)} started\n`)
  return failed(1, `error: Failed to start domain ${quoted(machine, domain.name)}\nerror: ${started.error}\n`)
}

function shutdown({ machine, domain }: Request): Said {
  if (!domain) return print('')
  if (domain.state !== 'running') return notRunning(machine, domain, 'shutdown')
  shutDown(machine, domain)
  return chat(`Domain ${quoted(machine, domain.name)} is being shutdown\n`)
}

async function destroy({ machine, domain }: Request): Promise<Said> {
  if (!domain) return print('')
  if (domain.state !== 'running') return notRunning(machine, domain, 'destroy')
  await stopDomain(machine, domain)
  return chat(`Domain ${quoted(machine, domain.name)} destroyed\n`)
}

/** Why it is so (libvirt, virDomainShutoffReason): that it was asked to go, or that it could not be started. */
function state({ domain, has }: Request): Said {
  const reason = domain?.state === 'running' ? 'booted' : domain?.failed ? 'failed' : 'shutdown'
  return print(`${domain?.state}${has('--reason') ? ` (${reason})` : ''}\n`)
}

function autostart({ machine, domain, has }: Request): Said {
  if (!domain) return print('')
  domain.autostart = !has('--disable')
  return chat(`Domain ${quoted(machine, domain.name)} ${domain.autostart ? 'marked' : 'unmarked'} as autostarted\n`)
}

function list({ machine, has }: Request): Said {
  const domains = Object.values(machine.state.domains)
    .filter((domain) => (has('--inactive') ? domain.state !== 'running' : has('--all') || domain.state === 'running'))
    .filter((domain) => !has('--autostart') || domain.autostart)
    .map((domain) => ({ ...domain, id: domain.liveXml ? String(domainId(domain.liveXml)) : '-' }))
    .sort((a, b) => rank(a.id) - rank(b.id) || (a.name < b.name ? -1 : 1))
  if (has('--name')) return print(domains.map(({ name }) => `${name}\n`).join(''))
  if (has('--uuid')) return print(domains.map(({ uuid }) => `${uuid}\n`).join(''))
  if (userlandOf(machine).ancient) {
    const row = (id: string, name: string, state: string) => ` ${id.padEnd(5)} ${name.padEnd(30)} ${state}\n`
    const rows = domains.map(({ id, name, state }) => row(id, name, state))
    return print(`${row('Id', 'Name', 'State')}${'-'.repeat(52)}\n${rows.join('')}`)
  }
  return print(table([['Id', 'Name', 'State'], ...domains.map(({ id, name, state }) => [id, name, state])]))
}

function interfaces({ domain, has }: Request): Said {
  const xml = (has('--inactive') ? null : domain?.liveXml) ?? domain?.persistentXml ?? ''
  const virtio = [...xml.matchAll(/<interface type='network'>\s*<mac address='([^']+)'\/>/g)].map((match) => [
    '-',
    'network',
    'default',
    'virtio',
    match[1] ?? '',
  ])
  const passed = hostDevices(xml)
    .filter((device) => device.kind === 'interface')
    .map((device) => ['-', 'hostdev', '-', '-', device.mac ?? ''])
  return print(table([['Interface', 'Type', 'Source', 'Model', 'MAC'], ...virtio, ...passed]))
}

function nodeDevice({ machine, words }: Request): Said {
  const xml = nodeDeviceXml(machine, words[0] ?? '')
  if (xml !== null) return print(xml)
  return failed(
    1,
    `error: Could not find matching device '${words[0]}'\nerror: Node device not found: no node device with matching name '${words[0]}'\n`,
  )
}

function findDomain(machine: Machine, word: string): Domain | null {
  return (
    machine.state.domains[word] ??
    Object.values(machine.state.domains).find(
      (domain) => domain.uuid === word || (domain.liveXml !== null && String(domainId(domain.liveXml)) === word),
    ) ??
    null
  )
}

function notRunning(machine: Machine, domain: Domain, verb: string): Said {
  return failed(
    1,
    `error: Failed to ${verb} domain ${quoted(machine, domain.name)}\nerror: Requested operation is not valid: domain is not running\n`,
  )
}

// libvirt 7 began to put names in quotes.
function quoted(machine: Machine, name: string): string {
  return userlandOf(machine).virshQuotes ? `'${name}'` : name
}

function libvirtVersion(machine: Machine): string {
  return upstreamVersion(machine, 'libvirt', 'libvirt-daemon-system')
}

function versionReport(machine: Machine): string {
  const version = libvirtVersion(machine)
  const qemu = upstreamVersion(machine, 'qemu-kvm', 'qemu-system-x86')
  return [
    `Compiled against library: libvirt ${version}`,
    `Using library: libvirt ${version}`,
    `Using API: QEMU ${version}`,
    `Running hypervisor: QEMU ${qemu}`,
    '',
  ].join('\n')
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? []
  const lines = rows.map((row) => ` ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('   ')}`.trimEnd())
  const width = widths.reduce((sum, each) => sum + each + 3, 0) - 1
  const [head = '', ...body] = lines
  return `${[head, '-'.repeat(width), ...body].join('\n')}\n`
}

function rank(id: string): number {
  return id === '-' ? Number.POSITIVE_INFINITY : Number(id)
}
