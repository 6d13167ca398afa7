import type { Machine } from '../machine.ts'
import { restartManager, startManager } from '../network/manager.ts'
import { startNetwork, stopNetwork } from '../network/scripts.ts'
import { startVswitchd, stopVswitchd } from '../ovs/datapath.ts'
import type { Service } from '../state.ts'
import { type Unit, unitsOf } from './units.ts'

/** How starting or stopping ended; `message` is what the unit printed when it failed. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly message: string }

/** The unit of a name where its package is installed, or a unit file that somebody put under /etc/systemd/system; null when there is none. */
export function findUnit(machine: Machine, name: string): Unit | null {
  const known = unitsOf(machine.state.profile).find((each) => each.name === name)
  if (known) return name in machine.state.services ? known : null
  const path = `/etc/systemd/system/${name}`
  const file = machine.files.read(path)
  if (!file.ok) return null
  const text = Buffer.from(file.value).toString('utf8')
  return {
    name,
    description: /^Description=(.*)$/m.exec(text)?.[1] ?? name,
    path,
    static: !/^\[Install\]/m.test(text),
    oneshot: /^Type=oneshot/m.test(text),
    parts: [],
    package: null,
  }
}

/** What is kept of a unit; one that was never started or enabled is inactive and disabled. */
export function serviceOf(machine: Machine, name: string): Readonly<Service> {
  return machine.state.services[name] ?? { enabled: false, active: false, starts: 0 }
}

/** Starts a unit that is not active, with its parts. */
export async function startUnit(machine: Machine, unit: Unit): Promise<Outcome> {
  if (serviceOf(machine, unit.name).active) return { ok: true }
  return launch(machine, unit)
}

/** Stops a unit that is active, with its parts. */
export async function stopUnit(machine: Machine, unit: Unit): Promise<Outcome> {
  const service = machine.state.services[unit.name]
  if (!service?.active) return { ok: true }
  service.active = false
  for (const part of [...unit.parts].reverse()) {
    const found = findUnit(machine, part)
    if (found) await stopUnit(machine, found)
  }
  if (unit.name === 'ovs-vswitchd.service') stopVswitchd(machine)
  if (unit.name === 'network.service') await stopNetwork(machine)
  return { ok: true }
}

/** Stops and starts a unit; NetworkManager leaves what it has set up as it is. */
export async function restartUnit(machine: Machine, unit: Unit): Promise<Outcome> {
  if (unit.name === 'NetworkManager.service') {
    mark(machine, unit.name)
    await restartManager(machine)
    return { ok: true }
  }
  await stopUnit(machine, unit)
  return launch(machine, unit)
}

async function launch(machine: Machine, unit: Unit): Promise<Outcome> {
  for (const part of unit.parts) {
    const found = findUnit(machine, part)
    if (found) await startUnit(machine, found)
  }
  mark(machine, unit.name)
  switch (unit.name) {
    case 'ovs-vswitchd.service':
      // Traffic that the datapath has no flow for waits meanwhile.
      await machine.time.sleep(1)
      startVswitchd(machine)
      return { ok: true }
    case 'network.service': {
      const problems = await startNetwork(machine)
      return problems.length === 0 ? { ok: true } : { ok: false, message: problems.join('') }
    }
    case 'NetworkManager.service':
      await startManager(machine)
      return { ok: true }
    default:
      return unit.path.startsWith('/etc/systemd/system/') ? runCommands(machine, unit) : { ok: true }
  }
}

// ExecStart of a unit file, one after the other; `-` before the program means that failing does not matter (systemd.service(5)).
async function runCommands(machine: Machine, unit: Unit): Promise<Outcome> {
  const file = machine.files.read(unit.path)
  const text = file.ok ? Buffer.from(file.value).toString('utf8') : ''
  for (const [, ignore, line] of text.matchAll(/^Exec(?:StartPre|Start)=(-?)[@:+!]*(.+)$/gm)) {
    const argv = [...(line ?? '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
      (word) => word[1] ?? word[2] ?? word[3] ?? '',
    )
    const ended = await machine.exec(argv)
    if (ended.status !== 0 && ignore === '') {
      const service = machine.state.services[unit.name]
      if (service) service.active = false
      return { ok: false, message: '' }
    }
  }
  const service = machine.state.services[unit.name]
  if (service && unit.oneshot && !/^RemainAfterExit=(yes|true|on|1)$/m.test(text)) service.active = false
  return { ok: true }
}

function mark(machine: Machine, name: string): void {
  const before = serviceOf(machine, name)
  machine.state.services[name] = { ...before, active: true, starts: before.starts + 1 }
}
