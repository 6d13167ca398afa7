import { errorTexts } from '../errno.ts'
import { newBond, setOption } from '../kernel/bond-options.ts'
import type { Errno, Machine, ProgramResult, Sys, Tool } from '../machine.ts'
import { releases } from '../profiles/releases.ts'
import type { Link } from '../state.ts'
import { addressJson, linkJson } from './ip-json.ts'
import { briefLine, headLine, linkLines } from './ip-text.ts'
import { done, failed } from './program.ts'

interface Flags {
  readonly json: boolean
  readonly details: boolean
  readonly oneline: boolean
  readonly brief: boolean
  readonly family: 'inet' | 'inet6' | null
}

/** ip(8): link, addr, route get. RHEL 7's iproute has no JSON. */
export const ip: Tool = ({ machine, args }) => {
  const options: string[] = []
  let at = 0
  while (args[at]?.startsWith('-')) options.push(args[at++] ?? '')
  const old = machine.state.profile.os === 'rhel7.7'
  if (options.includes('-V')) return done(`${releases[machine.state.profile.os].iproute}\n`)
  const unknown = options.find((option) => !known.has(option) || (old && /^-j|^-json|^-p$|^-br/.test(option)))
  if (unknown !== undefined) return failed(255, `Option "${unknown}" is unknown, try "ip -help".\n`)
  const flags: Flags = {
    json: options.some((option) => /^-j(son)?$/.test(option)),
    details: options.some((option) => /^-d(etails)?$/.test(option)),
    oneline: options.some((option) => /^-o(neline)?$/.test(option)),
    brief: options.some((option) => /^-br(ief)?$/.test(option)),
    family: options.includes('-4') ? 'inet' : options.includes('-6') ? 'inet6' : null,
  }
  const [object = '', ...rest] = args.slice(at)
  if (object !== '' && 'link'.startsWith(object)) return link(machine, rest, flags)
  if (object !== '' && 'address'.startsWith(object)) return address(machine, rest, flags)
  if (object !== '' && 'route'.startsWith(object)) return route(machine, rest, flags)
  return failed(1, `Object "${object}" is unknown, try "ip help".\n`)
}

const known = new Set([
  '-j',
  '-json',
  '-d',
  '-details',
  '-o',
  '-oneline',
  '-br',
  '-brief',
  '-4',
  '-6',
  '-p',
  '-pretty',
  '-s',
  '-V',
  '-c=never',
  '-color=never',
])

function link(machine: Machine, args: readonly string[], flags: Flags): ProgramResult {
  const [command = 'show', ...rest] = args
  switch (command) {
    case 'show':
    case 'list':
    case 'ls':
    case 'sh':
      return show(machine, rest, flags, 'link')
    case 'set':
      return set(machine, rest)
    case 'add':
      return add(machine, rest)
    case 'del':
    case 'delete': {
      const name = rest[0] === 'dev' ? rest[1] : rest[0]
      return name === undefined || !machine.kernel.link(name)
        ? cannotFind(name ?? '')
        : answer(machine.kernel.deleteLink(name))
    }
    default:
      return failed(255, `Command "${command}" is unknown, try "ip link help".\n`)
  }
}

function show(machine: Machine, args: readonly string[], flags: Flags, what: 'link' | 'address'): ProgramResult {
  let name: string | null = null
  let master: string | null = null
  let upOnly = false
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    if (word === 'dev') name = args[++at] ?? ''
    else if (word === 'master') master = args[++at] ?? ''
    else if (word === 'up') upOnly = true
    else if (word === 'type') at++
    else name = word
  }
  for (const each of [name, master]) {
    if (each !== null && !machine.kernel.link(each)) return failed(1, `Device "${each}" does not exist.\n`)
  }
  const type = args[args.indexOf('type') + 1]
  const links = machine.kernel
    .links()
    .filter((each) => name === null || each.name === name)
    .filter((each) => master === null || each.master === master)
    .filter((each) => !upOnly || each.up)
    .filter((each) => !args.includes('type') || (type === 'bond' && each.bond !== null))
  if (what === 'link') return done(linkOutput(machine, links, flags))
  return done(addressOutput(machine, links, flags))
}

function linkOutput(machine: Machine, links: readonly Link[], flags: Flags): string {
  if (flags.json) return `${JSON.stringify(links.map((each) => linkJson(machine, each, flags.details)))}\n`
  if (flags.brief) return links.map((each) => `${briefLine(machine, each)}\n`).join('')
  return links
    .map((each) => joined([headLine(machine, each), ...linkLines(machine, each, flags.details)], flags))
    .join('')
}

function addressOutput(machine: Machine, links: readonly Link[], flags: Flags): string {
  const wanted = links.map((each) => ({
    ...each,
    addresses: each.addresses.filter(
      (one) => flags.family === null || one.includes(':') === (flags.family === 'inet6'),
    ),
  }))
  if (flags.json) return `${JSON.stringify(wanted.map((each) => addressJson(machine, each, flags.details)))}\n`
  if (flags.brief)
    return wanted
      .map((each) => `${briefLine(machine, each).slice(0, 32)}${each.addresses.map((one) => `${one} `).join('')}\n`)
      .join('')
  if (flags.oneline)
    return wanted
      .flatMap((each) => addressLines(each).map((lines) => `${each.ifindex}: ${each.name}${lines.join('\\')}\n`))
      .join('')
  return wanted
    .filter((each) => flags.family === null || each.addresses.length > 0)
    .map((each) => {
      const head = headLine(machine, each).replace(' mode DEFAULT', '')
      const [hardware = ''] = linkLines(machine, each, flags.details)
      return joined([head, ...(flags.family === null ? [hardware] : []), ...addressLines(each).flat()], flags)
    })
    .join('')
}

/** Two lines for each address. */
function addressLines(link: Link): readonly (readonly string[])[] {
  return link.addresses.map((each) => {
    const [local = '', prefix = ''] = each.split('/')
    const six = local.includes(':')
    const scope = link.kind === 'loopback' ? 'host' : local.startsWith('fe80:') ? 'link' : 'global'
    const broadcast = six || link.kind === 'loopback' ? '' : ` brd ${broadcastOf(local, Number(prefix))}`
    const label = six ? ' ' : ` ${link.name}`
    return [
      `    ${six ? 'inet6' : 'inet'} ${each}${broadcast} scope ${scope}${label}`,
      '       valid_lft forever preferred_lft forever',
    ]
  })
}

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

function broadcastOf(address: string, prefix: number): string {
  const host = 2 ** (32 - prefix) - 1
  const number = Math.floor(toNumber(address) / (host + 1)) * (host + 1) + host
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.')
}

const joined = (lines: readonly string[], flags: Flags): string => `${lines.join(flags.oneline ? '\\' : '\n')}\n`

function set(machine: Machine, args: readonly string[]): ProgramResult {
  const words = args[0] === 'dev' ? args.slice(1) : [...args]
  const name = words.shift() ?? ''
  if (!machine.kernel.link(name)) return cannotFind(name)
  let warnings = ''
  while (words.length > 0) {
    const word = words.shift()
    if (word === 'up' || word === 'down') {
      const result = machine.kernel.setLinkUp(name, word === 'up')
      if (!result.ok) return answer(result)
    } else if (word === 'nomaster') {
      const result = machine.kernel.setMaster(name, null)
      if (!result.ok) return answer(result)
    } else if (word === 'master') {
      const master = words.shift() ?? ''
      if (!machine.kernel.link(master))
        return failed(255, `Error: argument "${master}" is wrong: Device does not exist\n\n`)
      const result = machine.kernel.setMaster(name, master)
      if (!result.ok) return answer(result)
      if (result.value.warning !== undefined) warnings += `Warning: ${result.value.warning}\n`
    } else if (word === 'mtu') {
      const link = machine.kernel.link(name)
      const mtu = Number(words.shift())
      if (!link || !Number.isInteger(mtu) || mtu < 68 || mtu > 65536) return refusal('EINVAL')
      link.mtu = mtu
    } else if (word === 'address') {
      const link = machine.kernel.link(name)
      if (link) link.mac = words.shift() ?? link.mac
    } else if (word === 'vf') {
      const result = setVf(machine, name, words)
      if (result) return result
    } else return failed(255, `Error: either "dev" is duplicate, or "${word}" is a garbage.\n`)
  }
  return done('', warnings)
}

/** `vf N mac|vlan|trust|spoofchk|state ...` (3.5): in switchdev only the MAC and VLAN 0. */
function setVf(machine: Machine, name: string, words: string[]): ProgramResult | null {
  const link = machine.kernel.link(name)
  const pf = link?.kind === 'pf' ? machine.state.card.pfs[link.port?.pf ?? 0] : undefined
  const index = Number(words.shift())
  if (!pf) return refusal('EOPNOTSUPP')
  const vf = pf.vfs.find((each) => each.index === index)
  if (!vf) return refusal('EINVAL')
  const legacy = pf.eswitch.mode === 'legacy'
  while (words.length > 0) {
    const word = words.shift()
    const value = words.shift() ?? ''
    if (word === 'mac') {
      if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value)) return failed(1, 'Invalid "mac" value\n')
      vf.mac = value.toLowerCase()
    } else if (word === 'vlan') {
      if (!legacy && value !== '0') return refusal('EOPNOTSUPP')
    } else if (word === 'trust' || word === 'spoofchk' || word === 'state') {
      if (!legacy) return refusal('EOPNOTSUPP')
    } else if (word !== 'max_tx_rate' && word !== 'min_tx_rate' && word !== 'rate' && word !== 'qos')
      return failed(255, `Error: either "vf" is duplicate, or "${word}" is a garbage.\n`)
  }
  return null
}

function add(machine: Machine, args: readonly string[]): ProgramResult {
  const words = args.filter((word) => word !== 'dev' && word !== 'name')
  const name = words[0] ?? ''
  const at = words.indexOf('type')
  if (words[at + 1] !== 'bond' || at < 0) return failed(2, 'RTNETLINK answers: Operation not supported\n')
  const bond = newBond()
  const options = words.slice(at + 2)
  for (let each = 0; each < options.length; each += 2) {
    const option = options[each] === 'peer_notify_delay' ? 'peer_notif_delay' : (options[each] ?? '')
    const mock = { ...bond }
    const result = setOption(() => undefined, name, mock, false, option, options[each + 1] ?? '')
    if (!result.ok) {
      return result.errno === 'EINVAL' && result.text === 'no such option'
        ? failed(255, `Error: bond: unknown command "${option}"?\n`)
        : refusal(result.errno)
    }
    Object.assign(bond, mock)
  }
  return answer(machine.kernel.addBond(name, bond))
}

function address(machine: Machine, args: readonly string[], flags: Flags): ProgramResult {
  const [command = 'show', ...rest] = args
  if (['show', 'list', 'ls', 'sh'].includes(command)) return show(machine, rest, flags, 'address')
  const name = rest[rest.indexOf('dev') + 1] ?? ''
  const link = machine.kernel.link(name)
  if (!link) return cannotFind(name)
  if (command === 'flush') {
    link.addresses = []
    return done()
  }
  const value = (rest[0] ?? '').includes('/') ? (rest[0] ?? '') : `${rest[0]}/32`
  if (command === 'add') {
    if (link.addresses.includes(value)) return refusal('EEXIST')
    link.addresses.push(value)
    return done()
  }
  if (command === 'del' || command === 'delete') {
    if (!link.addresses.includes(value)) return failed(2, 'RTNETLINK answers: Cannot assign requested address\n')
    link.addresses = link.addresses.filter((each) => each !== value)
    return done()
  }
  return failed(255, `Command "${command}" is unknown, try "ip address help".\n`)
}

/** `ip route get`: over the interface in whose network the address is, else over the management port's gateway. */
function route(machine: Machine, args: readonly string[], flags: Flags): ProgramResult {
  const links = machine.kernel.links().filter((link) => link.up && link.kind !== 'loopback')
  const management = links.find((link) => link.kind === 'management' && link.addresses.length > 0)
  const source = management?.addresses[0]?.split('/')[0] ?? ''
  if (args[0] !== 'get') {
    const gateway = source.replace(/\d+$/, '254')
    return done(management ? `default via ${gateway} dev ${management.name} proto static metric 100 \n` : '')
  }
  const wanted = args[1] ?? ''
  const near = links.find((link) => link.addresses.some((each) => contains(each, wanted)))
  const via = near ?? management
  const own = via?.addresses.find((each) => !each.includes(':'))?.split('/')[0] ?? ''
  if (!via) return failed(2, 'RTNETLINK answers: Network is unreachable\n')
  const gateway = near ? null : own.replace(/\d+$/, '254')
  if (flags.json) {
    const answer = {
      dst: wanted,
      ...(gateway !== null && { gateway }),
      dev: via.name,
      prefsrc: own,
      flags: [],
      uid: 0,
      cache: [],
    }
    return done(`${JSON.stringify([answer])}\n`)
  }
  return done(`${wanted}${gateway === null ? '' : ` via ${gateway}`} dev ${via.name} src ${own} uid 0 \n    cache \n`)
}

function contains(network: string, address: string): boolean {
  const [local = '', prefix = '32'] = network.split('/')
  if (local.includes(':') || !/^\d+(\.\d+){3}$/.test(address)) return false
  const size = 2 ** (32 - Number(prefix))
  return Math.floor(toNumber(local) / size) === Math.floor(toNumber(address) / size)
}

const cannotFind = (name: string): ProgramResult => failed(1, `Cannot find device "${name}"\n`)
const refusal = (errno: Errno): ProgramResult => failed(2, `RTNETLINK answers: ${errorTexts[errno]}\n`)

/** With an explanation from the kernel ip prints that alone. */
function answer(result: Sys<unknown>): ProgramResult {
  if (result.ok) return done()
  return result.text === undefined ? refusal(result.errno) : failed(2, `Error: ${result.text}\n`)
}
