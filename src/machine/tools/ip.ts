import { errorTexts } from '../errno.ts'
import { newBond, setOption } from '../kernel/bond-options.ts'
import type { Errno, Machine, ProgramResult, Sys, Tool } from '../machine.ts'
import { releases } from '../profiles/releases.ts'
import { userlandOf } from '../profiles/userland.ts'
import { routes } from './ip-route.ts'
import { type Flags, show } from './ip-show.ts'
import { parseVfWords, requestOfVf } from './ip-vf.ts'
import { done, failed } from './program.ts'

/** ip(8): link, addr, route get. RHEL 7's iproute has no JSON. */
export const ip: Tool = ({ machine, args }) => {
  const options: string[] = []
  let at = 0
  while (args[at]?.startsWith('-')) options.push(args[at++] ?? '')
  const old = userlandOf(machine).ancient
  if (options.includes('-V')) return done(`${releases[machine.state.profile.os].iproute}\n`)
  const unknown = options.find((option) => !known.has(option) || (old && /^-j|^-json|^-p$/.test(option)))
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
  if (object !== '' && 'route'.startsWith(object)) return routes(machine, rest, flags.json)
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
    } else if (word === 'name') {
      const result = machine.kernel.renameLink(name, words.shift() ?? '')
      if (!result.ok) return answer(result)
    } else if (word === 'mtu') {
      const link = machine.kernel.link(name)
      const mtu = Number(words.shift())
      if (!link || !Number.isInteger(mtu) || mtu < 68 || mtu > 65536) return refusal('EINVAL')
      link.mtu = mtu
    } else if (word === 'address') {
      const link = machine.kernel.link(name)
      if (link) link.mac = words.shift() ?? link.mac
    } else if (word === 'vf') {
      const index = Number(words.shift())
      const request = parseVfWords(words.splice(0))
      if ('status' in request) return request
      const result = requestOfVf(machine, machine.kernel.link(name), index, request)
      if (!result.ok) return answer(result)
    } else return failed(255, `Error: either "dev" is duplicate, or "${word}" is a garbage.\n`)
  }
  return done('', warnings)
}

function add(machine: Machine, args: readonly string[]): ProgramResult {
  if (args.includes('vlan')) return addVlan(machine, args)
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

function addVlan(machine: Machine, args: readonly string[]): ProgramResult {
  const after = (word: string) => (args.includes(word) ? args[args.indexOf(word) + 1] : undefined)
  const lower = after('link')
  const id = Number(after('id'))
  const name = after('name') ?? after('dev') ?? `${lower}.${id}`
  if (lower === undefined) return failed(2, 'RTNETLINK answers: Operation not supported\n')
  return machine.kernel.link(lower) ? answer(machine.kernel.addVlan(name, lower, id)) : cannotFind(lower)
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

const cannotFind = (name: string): ProgramResult => failed(1, `Cannot find device "${name}"\n`)
const refusal = (errno: Errno): ProgramResult => failed(2, `RTNETLINK answers: ${errorTexts[errno]}\n`)

/** With an explanation from the kernel ip prints that alone. */
function answer(result: Sys<unknown>): ProgramResult {
  if (result.ok) return done()
  return result.text === undefined ? refusal(result.errno) : failed(2, `Error: ${result.text}\n`)
}
