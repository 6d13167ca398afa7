import type { Machine } from '../machine.ts'
import { findUnit } from './control.ts'
import { enter } from './journal.ts'
import { type Unit, unitsOf } from './units.ts'

/** What systemd's own units stand for in the model, each after the one before (bootup(7)); a name may be absent on a host. */
const chain: readonly (readonly string[])[] = [
  [
    'local-fs.target',
    'systemd-udevd.service',
    'systemd-udev-settle.service',
    'systemd-modules-load.service',
    'openibd.service',
  ],
  ['network-pre.target'],
  ['network.service', 'networking.service', 'NetworkManager.service', 'systemd-networkd.service'],
  ['network.target'],
  ['network-online.target'],
  ['openvswitch.service', 'openvswitch-switch.service'],
  ['libvirtd.service', 'virtqemud.service'],
  ['libvirt-guests.service'],
]

/**
 * The enabled units in the order in which a boot starts them: Before= and After= of unit files that people put there, among
 * themselves and with the system's. Of those that may start, people's come first.
 */
export function bootOrder(machine: Machine): readonly Unit[] {
  const known = unitsOf(machine.state.profile).map(({ name }) => name)
  const own = Object.keys(machine.state.services).filter((name) => !known.includes(name))
  const enabled = [...own, ...known].flatMap((name) => {
    const unit = machine.state.services[name]?.enabled ? findUnit(machine, name) : null
    return unit ? [unit] : []
  })
  const left = [...new Set([...enabled.map(({ name }) => name), ...chain.flat()])]
  const later = edges(enabled)
  const order: string[] = []
  while (left.length > 0) {
    const free = left.findIndex((name) => !left.some((other) => other !== name && later.get(other)?.has(name)))
    if (free < 0) enter(machine, left[0] ?? '', 'systemd[1]', `<4>Found ordering cycle on ${left[0]}/start`)
    order.push(...left.splice(Math.max(free, 0), 1))
  }
  return order.flatMap((name) => enabled.find((unit) => unit.name === name) ?? [])
}

/** Which units have to wait for a unit. */
function edges(enabled: readonly Unit[]): ReadonlyMap<string, ReadonlySet<string>> {
  const later = new Map<string, Set<string>>()
  // What is started as a part of a unit is ordered as that unit is.
  const whole = (name: string) => enabled.find((unit) => unit.parts.includes(name))?.name ?? name
  const put = (first: string, second: string) => {
    if (whole(first) === whole(second)) return
    later.set(whole(first), (later.get(whole(first)) ?? new Set()).add(whole(second)))
  }
  for (const [at, step] of chain.entries())
    for (const first of step) for (const second of chain[at + 1] ?? []) put(first, second)
  for (const { name, file } of enabled) {
    for (const other of file?.before ?? []) put(name, other)
    for (const other of file?.after ?? []) put(other, name)
  }
  return later
}
