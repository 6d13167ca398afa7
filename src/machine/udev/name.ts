import { done, refused } from '../errno.ts'
import { pfOf } from '../kernel/card.ts'
import { type KernelContext, later } from '../kernel/context.ts'
import { log } from '../kernel/log.ts'
import type { Sys } from '../machine.ts'
import { kernelOf } from '../profiles/kernels.ts'
import type { Link, MachineState } from '../state.ts'
import { netDirectory } from '../sysfs/net.ts'
import { pciOfLink } from '../sysfs/places.ts'
import { applyRules, type UdevNode } from './apply-rules.ts'
import { parseRules, type UdevRule } from './parse-rules.ts'

/** Seconds from an interface's cause to its being there with its name. */
const usualDelay = 0.3

/** Does what makes an interface, soon: the call that causes it does not wait. */
export function soon(context: KernelContext, work: () => void): void {
  // With a delay of udev's own the kernel's part takes next to nothing, and the rest follows in `nameLater`.
  later(context, context.state.profile.udevDelay === undefined ? usualDelay : 0.05, work)
}

/** The name that the kernel gives a new interface: the first `eth<N>` that is free. */
export function kernelName(state: MachineState): string {
  for (let at = 0; ; at++) if (!state.links[`eth${at}`]) return `eth${at}`
}

/** Lets udev name an interface that was just registered: at once, or after the machine's delay. `usual` is its name without rules; null when it has none. */
export function nameLink(context: KernelContext, link: Link, usual: string | null): void {
  const delay = context.state.profile.udevDelay
  if (delay === undefined) {
    byUdev(context, link.ifindex, usual)
    return
  }
  context.running.naming++
  later(context, delay, () => {
    context.running.naming--
    byUdev(context, link.ifindex, usual)
  })
}

function byUdev(context: KernelContext, ifindex: number, usual: string | null): void {
  const link = Object.values(context.state.links).find((each) => each.ifindex === ifindex)
  if (!link) return
  const verdict = applyRules(rulesOf(context.state), nodesOf(context, link))
  if (Object.keys(verdict.properties).length > 0) link.properties = { ...verdict.properties }
  const wanted = verdict.name ?? usual
  if (wanted !== null && wanted !== link.name) {
    const from = link.name
    const renamed = renameLink(context, from, wanted)
    if (renamed.ok) log(context, `${driverPrefix(context, link)}${wanted}: renamed from ${from}`)
  }
  const name = Object.values(context.state.links).find((each) => each.ifindex === ifindex)?.name ?? link.name
  for (const line of verdict.run) void context.machine().exec(line.replaceAll('$name', name).split(/\s+/))
}

/** `mlx5_core 0000:61:00.0 `, which the kernel puts before the name of an interface with a parent. */
function driverPrefix(context: KernelContext, link: Link): string {
  const pci = pciOfLink(context.state, link) ?? pfOf(context.state, link)?.pci
  return pci === undefined ? '' : `mlx5_core ${pci} `
}

/** Gives an interface another name (dev_change_name): it has to be free and to fit, and on older kernels the interface has to be down. */
export function renameLink(context: KernelContext, from: string, to: string): Sys {
  const { state, running } = context
  const link = state.links[from]
  if (!link) return refused('ENODEV')
  if (from === to) return done
  if (to === '' || to.length > 15 || /[\s/:]/.test(to)) return refused('EINVAL')
  if (state.links[to]) return refused('EEXIST')
  if (link.up && !kernelOf(context).renamesWhileUp) return refused('EBUSY')
  delete state.links[from]
  state.links[to] = { ...link, name: to }
  for (const other of Object.values(state.links)) {
    if (other.master === from) other.master = to
    if (other.vlan?.lower === from) other.vlan.lower = to
    if (!other.bond) continue
    const { bond } = other
    bond.slaves = bond.slaves.map((name) => (name === from ? to : name))
    if (bond.activeSlave === from) bond.activeSlave = to
    if (bond.failures[from] !== undefined) bond.failures[to] = bond.failures[from]
    delete bond.failures[from]
  }
  move(running.carriers, from, to)
  move(running.negotiating, from, to)
  move(running.since, from, to)
  return done
}

function move<Value>(known: Map<string, Value>, from: string, to: string): void {
  const value = known.get(from)
  if (value === undefined) return
  known.delete(from)
  known.set(to, value)
}

/** Rules files in the order of their names; one under /etc hides one of the same name elsewhere. */
function rulesOf(state: MachineState): readonly UdevRule[] {
  const byName = new Map<string, string>()
  for (const folder of ['/usr/lib/udev/rules.d/', '/run/udev/rules.d/', '/etc/udev/rules.d/']) {
    for (const [path, entry] of Object.entries(state.files)) {
      const name = path.slice(folder.length)
      if (!path.startsWith(folder) || !/^[^/]+\.rules$/.test(name)) continue
      // A link to /dev/null switches a file off.
      byName.set(name, entry.type === 'file' && entry.encoding === 'utf8' ? entry.content : '')
    }
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, text]) => parseRules(text))
}

function nodesOf(context: KernelContext, link: Link): [UdevNode, ...UdevNode[]] {
  const directory = netDirectory(context, link)
  const net: UdevNode = {
    kernel: link.name,
    subsystem: 'net',
    driver: '',
    attribute: (name) => {
      const node = directory.children()[name]
      const shown = node?.type === 'file' ? node.read?.() : undefined
      return shown?.ok ? shown.value.replace(/\n$/, '') : null
    },
  }
  const pci = pciOfLink(context.state, link)
  if (pci === null) return [net]
  const files = context.machine().files
  const parent: UdevNode = {
    kernel: pci,
    subsystem: 'pci',
    driver: 'mlx5_core',
    attribute: (name) => {
      const found = /^[\w.-]+$/.test(name) ? files.read(`/sys/bus/pci/devices/${pci}/${name}`) : null
      return found?.ok ? Buffer.from(found.value).toString('utf8').replace(/\n$/, '') : null
    },
  }
  return [net, parent]
}
