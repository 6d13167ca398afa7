import { errorTexts } from '../errno.ts'
import { allPfs, cardOf, hasPort, pfIndex, portOf } from '../kernel/card.ts'
import { showEswitch } from '../kernel/eswitch.ts'
import type { Machine, ProgramResult, Sys, Tool } from '../machine.ts'
import { kernelOf } from '../profiles/kernels.ts'
import { userlandOf } from '../profiles/userland.ts'
import type { Card, Pf } from '../state.ts'
import { param } from './devlink-param.ts'
import { done, failed } from './program.ts'

/** devlink(8): dev show, info, eswitch and param; port show and function set. */
export const devlink: Tool = async ({ machine, args }) => {
  const json = args.some((arg) => /^-(j|jp|pj|json)$/.test(arg))
  const words = args.filter((arg) => !/^-[jpvsnd]+$|^--?(json|pretty)$/.test(arg))
  if (allPfs(machine.state).length === 0 && words[1] !== 'show') return failed(1, 'kernel answers: No such device\n')
  const [object = '', ...rest] = words
  if (object === 'dev') return device(machine, rest, json)
  if (object === 'port') return port(machine, rest, json)
  return failed(1, `Object "${object}" not found\n`)
}

async function device(machine: Machine, words: readonly string[], json: boolean): Promise<ProgramResult> {
  const [command = 'show', ...rest] = words
  if (command === 'show') {
    const handles = bound(machine).flatMap((pf) => [
      `pci/${pf.pci}`,
      ...(kernelOf(machine).uplinkPortOnAuxiliary ? [auxiliary(machine, pf)] : []),
    ])
    if (json) return done(`${JSON.stringify({ dev: Object.fromEntries(handles.map((handle) => [handle, {}])) })}\n`)
    return done(handles.map((handle) => `${handle}\n`).join(''))
  }
  if (command === 'info') return info(machine, rest, json)
  if (command === 'eswitch' && rest[0] === 'show') return eswitchShow(machine, rest[1], json)
  if (command === 'eswitch' && rest[0] === 'set') return eswitchSet(machine, rest[1], rest.slice(2))
  if (command === 'param') return params(machine, rest, json)
  return failed(1, `Command "${command}" not found\n`)
}

const bound = (machine: Machine): readonly Pf[] => allPfs(machine.state).filter((pf) => pf.driver === 'mlx5_core')

/** The instance that the uplink's port is on where the driver's parts have their own. */
const auxiliary = (machine: Machine, pf: Pf): string => `auxiliary/mlx5_core.eth.${allPfs(machine.state).indexOf(pf)}`

/** The PF at a handle; the kernel knows devlink instances of bound functions only. */
function pfByHandle(machine: Machine, handle: string | undefined): Pf | ProgramResult {
  if (handle === undefined) return failed(1, 'Devlink identification ("bus_name/dev_name") expected\n\n')
  if (!/^[^/]+\/[^/]+$/.test(handle))
    return failed(1, 'Wrong devlink identification string format.\nExpected "bus_name/dev_name".\n')
  const pf = bound(machine).find((each) => `pci/${each.pci}` === handle)
  return pf ?? failed(1, `${answers(machine)}: No such device\n`)
}

const isResult = (value: Pf | ProgramResult): value is ProgramResult => 'status' in value

/** iproute2 4.11 says `devlink answers`, later ones `kernel answers`. */
const answers = (machine: Machine): string => userlandOf(machine).devlinkAnswers

function eswitchShow(machine: Machine, handle: string | undefined, json: boolean): ProgramResult {
  const pf = pfByHandle(machine, handle)
  if (isResult(pf)) return pf
  const shown = showEswitch(machine.state, pf)
  if (!shown.ok) return refusal(machine, shown)
  const { mode, inline, encap } = shown.value
  const encapKey = userlandOf(machine).devlinkEncap
  const encapValue = encapKey === 'encap' ? (encap === 'basic' ? 'enable' : 'disable') : encap
  if (json)
    return done(
      `${JSON.stringify({ dev: { [`pci/${pf.pci}`]: { mode, 'inline-mode': inline, [encapKey]: encapValue } } })}\n`,
    )
  return done(`pci/${pf.pci}: mode ${mode} inline-mode ${inline} ${encapKey} ${encapValue}\n`)
}

async function eswitchSet(
  machine: Machine,
  handle: string | undefined,
  words: readonly string[],
): Promise<ProgramResult> {
  const pf = pfByHandle(machine, handle)
  const settings: [string, string][] = []
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at] ?? ''
    const value = words[at + 1] ?? ''
    const allowed = settable[name]
    if (!allowed) return failed(1, `Unknown option "${name}"\n`)
    if (!allowed.includes(value))
      return failed(1, `Unknown eswitch ${name === 'mode' ? '' : `${name.replace('-mode', '')} `}mode "${value}"\n`)
    settings.push([name, value])
  }
  if (isResult(pf)) return pf
  if (settings.length === 0) return failed(1, 'Need to set at least one option\n')
  // One request; the kernel applies mode, then inline mode, then encapsulation, and stops at the first refusal.
  const wanted = Object.fromEntries(settings)
  const mode = wanted['mode']
  if (mode === 'legacy' || mode === 'switchdev') {
    const result = await machine.kernel.setEswitchMode(pf, mode)
    if (!result.ok) return refusal(machine, result)
  }
  const inline = inlineModes.find((each) => each === wanted['inline-mode'])
  if (inline !== undefined) {
    const result = machine.kernel.setInline(pf, inline)
    if (!result.ok) return refusal(machine, result)
  }
  const encap = wanted['encap-mode'] ?? wanted['encap']
  if (encap !== undefined) {
    const result = machine.kernel.setEncap(pf, encap === 'basic' || encap === 'enable' ? 'basic' : 'none')
    if (!result.ok) return refusal(machine, result)
  }
  return done()
}

const inlineModes = ['none', 'link', 'network', 'transport'] as const

const settable: Readonly<Record<string, readonly string[]>> = {
  mode: ['legacy', 'switchdev'],
  'inline-mode': inlineModes,
  'encap-mode': ['none', 'basic'],
  encap: ['disable', 'enable', 'none', 'basic'],
}

function info(machine: Machine, words: readonly string[], json: boolean): ProgramResult {
  if (userlandOf(machine).ancient) return failed(1, 'Command "info" not found\n')
  const asked = words[0] === undefined ? null : pfByHandle(machine, words[0])
  if (asked !== null && isResult(asked)) return asked
  const shown = (asked === null ? bound(machine) : [asked]).map((pf) => ({
    handle: `pci/${pf.pci}`,
    ...deviceInfo(cardOf(machine.state, pf)),
  }))
  if (json)
    return done(`${JSON.stringify({ info: Object.fromEntries(shown.map((each) => [each.handle, each.json])) })}\n`)
  return done(shown.map(({ handle, text }) => `${handle}:\n${text}`).join(''))
}

function deviceInfo({ psid, firmwareVersion, guid }: Card): { readonly text: string; readonly json: object } {
  const version = firmwareVersion.split(' ', 1)[0] ?? ''
  const serial = `MT${guid.slice(-8).toUpperCase()}`
  const versions = {
    fixed: { 'fw.psid': psid },
    running: { 'fw.version': version, fw: version },
    stored: { 'fw.version': version, fw: version },
  }
  const lines = Object.entries(versions).flatMap(([kind, each]) => [
    `${kind}:`,
    ...Object.entries(each).map(([name, value]) => `  ${name} ${value}`),
  ])
  return {
    json: { driver: 'mlx5_core', serial_number: serial, versions },
    text: `  driver mlx5_core\n  serial_number ${serial}\n  versions:\n${lines.map((line) => `      ${line}\n`).join('')}`,
  }
}

function params(machine: Machine, words: readonly string[], json: boolean): ProgramResult {
  if (userlandOf(machine).ancient) return failed(1, 'Command "param" not found\n')
  const [command = 'show', handle, ...rest] = words
  const pf = handle === undefined && command === 'show' ? null : pfByHandle(machine, handle)
  if (pf !== null && isResult(pf)) return pf
  return param(machine, command, pf === null ? bound(machine) : [pf], rest, json, (result) => refusal(machine, result))
}

/** Port index: the uplink's is 0xffff and a VF's its number plus one, above the function's id. */
function port(machine: Machine, words: readonly string[], json: boolean): ProgramResult {
  const [command = 'show', wanted, ...rest] = words
  if (command === 'function' && wanted === 'set') return setFunction(machine, rest)
  if (command !== 'show') return failed(1, `Command "${command}" not found\n`)
  const ports = bound(machine).flatMap((pf) => portsOf(machine, pf))
  const found =
    wanted === undefined ? ports : ports.filter((each) => each.handle === wanted || `${each.netdev}` === wanted)
  if (wanted !== undefined && found.length === 0) return failed(1, `${answers(machine)}: No such device\n`)
  if (json)
    return done(`${JSON.stringify({ port: Object.fromEntries(found.map((each) => [each.handle, each.json])) })}\n`)
  return done(found.map((each) => `${each.handle}: ${each.text}\n`).join(''))
}

interface Port {
  readonly handle: string
  readonly netdev: string
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

function portsOf(machine: Machine, pf: Pf): readonly Port[] {
  const at = pfIndex(machine.state, pf)
  const base = at << 16
  const links = Object.values(machine.state.links)
  const uplink = links.find((link) => link.kind === 'pf' && hasPort(link, portOf(machine.state, pf)))
  const ports: Port[] = uplink
    ? [
        {
          handle: `${kernelOf(machine).uplinkPortOnAuxiliary ? auxiliary(machine, pf) : `pci/${pf.pci}`}/${base + 0xffff}`,
          netdev: uplink.name,
          text: `type eth netdev ${uplink.name} flavour physical port ${at} splittable false`,
          json: { type: 'eth', netdev: uplink.name, flavour: 'physical', port: at, splittable: false },
        },
      ]
    : []
  for (const vf of pf.eswitch.mode === 'switchdev' ? pf.vfs : []) {
    const name = links.find(
      (link) => link.kind === 'representor' && hasPort(link, portOf(machine.state, pf, vf.index)),
    )?.name
    const netdev = name === undefined ? '' : ` netdev ${name}`
    ports.push({
      handle: `pci/${pf.pci}/${base + vf.index + 1}`,
      netdev: name ?? '',
      text: `type ${name === undefined ? 'notset' : 'eth'}${netdev} flavour pcivf controller 0 pfnum ${at} vfnum ${vf.index} external false splittable false\n  function:\n    hw_addr ${vf.mac} roce enable migratable disable`,
      json: {
        type: name === undefined ? 'notset' : 'eth',
        ...(name !== undefined && { netdev: name }),
        flavour: 'pcivf',
        controller: 0,
        pfnum: at,
        vfnum: vf.index,
        external: false,
        splittable: false,
        function: { hw_addr: vf.mac },
      },
    })
  }
  return ports
}

function setFunction(machine: Machine, words: readonly string[]): ProgramResult {
  const [handle, option, mac = ''] = words
  const [, pci, index] = /^pci\/([^/]+)\/(\d+)$/.exec(handle ?? '') ?? []
  const pf = bound(machine).find((each) => each.pci === pci)
  const vf = pf?.vfs.find((each) => each.index === (Number(index) & 0xffff) - 1)
  if (!pf || !vf) return failed(1, `${answers(machine)}: No such device\n`)
  if (option !== 'hw_addr') return failed(1, `Unknown option "${option}"\n`)
  vf.mac = mac.toLowerCase()
  return done()
}

function refusal(machine: Machine, result: Extract<Sys<unknown>, { ok: false }>): ProgramResult {
  const answer = `${answers(machine)}: ${errorTexts[result.errno]}\n`
  // Kernel and iproute of RHEL 7 know extended acks for netlink routes only.
  const text = result.text === undefined || userlandOf(machine).ancient ? '' : `Error: ${result.text}.\n`
  return failed(1, `${text}${answer}`)
}
