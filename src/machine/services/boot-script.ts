import type { Machine, ProgramResult } from '../machine.ts'
import { done, failed } from '../tools/program.ts'

/** The second comment of the script by which it is known, whatever it is called. */
const mark = /^# vflag-boot 1:/m

/**
 * What `/bin/sh PATH ARGS...` of a unit does when PATH is the script that the module `persistence` installs
 * (templates/vflag-boot.sh.hbs): the same looks and writes on the machine's files, with the same words; null for anything
 * else. The script itself is tested in real shells.
 */
export async function runBootScript(machine: Machine, argv: readonly string[]): Promise<ProgramResult | null> {
  const [shell = '', path = '', verb = '', ...args] = argv
  if (!/^\/(?:usr\/)?bin\/sh$/.test(shell)) return null
  const script = machine.files.read(path)
  if (!script.ok || !mark.test(Buffer.from(script.value).toString('utf8'))) return null
  const lines: string[] = []
  const run = verbs[verb]
  const problem = run
    ? await run(machine, args, (line) => lines.push(line))
    : `vflag-boot: "${verb}" is not interfaces, set, free, lag, bind or representor`
  const out = `${[...lines, ...(problem === null ? [] : [`<3>${problem}`])].join('\n')}\n`
  return problem === null ? done(out) : failed(1, '', out)
}

/** Does its work, says what it did, and gives what went wrong. */
type Verb = (machine: Machine, args: readonly string[], say: (line: string) => void) => Promise<string | null>

const devices = '/sys/bus/pci/devices'

const interfaces: Verb = async (machine, [limit = '0', ...pairs], say) => {
  for (const pair of pairs) {
    const [pci = '', name = ''] = pair.split('=')
    if (!(await within(machine, Number(limit), () => machine.files.stat(`${devices}/${pci}/net/${name}`, true).ok))) {
      const names = machine.files.list(`${devices}/${pci}/net`)
      return `${pci} has no interface ${name} after ${limit} s, but: ${names.ok ? names.value.join('\n') : 'nothing'}`
    }
    say(`${pci} is ${name}`)
  }
  return null
}

const set: Verb = async (machine, [pci = '', attribute = '', wanted = ''], say) => {
  const path = `${devices}/${pci}/${attribute}`
  const old = value(machine, path)
  if (old === wanted) {
    say(`${attribute} of ${pci} is ${wanted} already`)
    return null
  }
  if (machine.files.stat(path, true).ok) await put(machine, path, wanted)
  const now = value(machine, path)
  if (now !== wanted)
    return `${attribute} of ${pci} is ${now || 'not there'}, but must be ${wanted}; the kernel refused the change`
  say(`${attribute} of ${pci} is ${wanted}, was ${old}`)
  return null
}

const free: Verb = async (machine, [pci = ''], say) => {
  for (const vf of machine.files.glob(`${devices}/${pci}/virtfn*`)) {
    const driver = leads(machine, `${vf}/driver`)
    if (driver === null || driver === 'vfio-pci') continue
    const address = leads(machine, vf) ?? ''
    if (!(await put(machine, `${vf}/driver/unbind`, address))) return `${address} could not be taken from ${driver}`
    say(`${address} taken from ${driver}`)
  }
  say(`no driver of the host holds a VF of ${pci}`)
  return null
}

const lag: Verb = async (machine, [limit = '0', ...pcis], say) => {
  const ports = new RegExp(`mlx5_core (?:${pcis.join('|')}): .*`)
  const log = () => machine.state.dmesg.map(({ text }) => text).filter((text) => ports.test(text))
  const states = () => Promise.all(pcis.map((pci) => lagOf(machine, pci, log())))
  const active = async () => (await states()).every((each) => each === 'active switchdev')
  if (await within(machine, Number(limit), active)) {
    say(`VF-LAG is active on ${pcis.join(' ')}`)
    return null
  }
  for (const pci of pcis) {
    say(`<4>LAG of ${pci}: ${await lagOf(machine, pci, log())}`)
    for (const vf of machine.files.glob(`${devices}/${pci}/virtfn*`)) {
      const driver = leads(machine, `${vf}/driver`)
      if (driver !== null) say(`<4>${leads(machine, vf)} is bound to ${driver}`)
    }
  }
  for (const text of log()
    .filter((each) => /LAG|lag map/.test(each))
    .slice(-3))
    say(`<4>kernel: ${text}`)
  return `no VF-LAG after ${limit} s: nothing more was done, and the VFs stay as they are`
}

async function lagOf(machine: Machine, pci: string, log: readonly string[]): Promise<string> {
  const files = `/sys/kernel/debug/mlx5/${pci}/lag`
  if (machine.files.stat(`${files}/state`, true).ok) {
    const type = value(machine, `${files}/type`)
    return `${value(machine, `${files}/state`)}${type === '' ? '' : ` ${type}`}`
  }
  const shown = await machine.exec(['devlink', 'dev', 'eswitch', 'show', `pci/${pci}`])
  if (!shown.stdout.includes('mode switchdev')) return 'not in switchdev mode'
  const last = log.filter((text) => /lag map|Failed to (create|activate)/.test(text)).at(-1) ?? ''
  if (last.includes('Failed')) return 'refused by the firmware'
  const made = last !== '' || machine.files.glob('/sys/class/infiniband/mlx5_bond_*').length > 0
  return made ? 'active switchdev' : 'disabled'
}

const bind: Verb = async (machine, [pci = '', wanted = '', ...indexes], say) => {
  for (const index of indexes) {
    const vf = `${devices}/${pci}/virtfn${index}`
    const address = leads(machine, vf)
    if (address === null) return `${pci} has no VF ${index}`
    const driver = leads(machine, `${vf}/driver`)
    if (driver !== null) {
      say(`${address} is bound to ${driver} already`)
      continue
    }
    await put(machine, `${vf}/driver_override`, wanted)
    await put(machine, '/sys/bus/pci/drivers_probe', address)
    const now = leads(machine, `${vf}/driver`)
    if (now === null) return `${address} could not be bound to ${wanted}`
    if (wanted !== 'vfio-pci') await put(machine, `${vf}/driver_override`, '')
    say(`${address} bound to ${now}`)
  }
  return null
}

const representor: Verb = async (machine, [id = '', port = '', name = ''], say) => {
  const find = () =>
    machine.files
      .glob('/sys/class/net/*')
      .find((net) => value(machine, `${net}/phys_port_name`) === port && value(machine, `${net}/phys_switch_id`) === id)
  if (!(await within(machine, 30, () => find() !== undefined))) return `switch ${id} has no port ${port}`
  const found = find()?.split('/').at(-1) ?? ''
  if (found !== name) {
    const renamed = await machine.exec(['ip', 'link', 'set', 'dev', found, 'name', name])
    if (renamed.status !== 0) {
      say(renamed.stderr.trimEnd())
      return `${port} is ${found} and could not be named ${name}`
    }
    say(`<4>${port} was ${found}, now ${name}`)
  }
  const up = await machine.exec(['ip', 'link', 'set', 'dev', name, 'up'])
  if (up.status !== 0) return `${name} could not be set up`
  say(`${port} is ${name}, and up`)
  return null
}

const verbs: Readonly<Record<string, Verb>> = { bind, free, interfaces, lag, representor, set }

async function within(machine: Machine, seconds: number, holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (let left = seconds; !(await holds()); left--) {
    if (left <= 0) return false
    await machine.time.sleep(1)
  }
  return true
}

function value(machine: Machine, path: string): string {
  const read = machine.files.read(path)
  return read.ok ? Buffer.from(read.value).toString('utf8').replace(/\n+$/, '') : ''
}

function leads(machine: Machine, path: string): string | null {
  const target = machine.files.readlink(path)
  return target.ok ? (target.value.split('/').at(-1) ?? '') : null
}

async function put(machine: Machine, path: string, text: string): Promise<boolean> {
  return (await machine.files.write(path, Buffer.from(`${text}\n`))).ok
}
