import type { Machine } from '../machine.ts'
import { restartManager, startManager } from '../network/manager.ts'
import { generate } from '../network/netplan.ts'
import { startNetworkd } from '../network/networkd.ts'
import { startNetwork, stopNetwork } from '../network/scripts.ts'
import { startVswitchd, stopVswitchd } from '../ovs/datapath.ts'
import type { Service } from '../state.ts'
import { runBootScript } from './boot-script.ts'
import { announce, enter } from './journal.ts'
import { parseUnitFile, type UnitFile } from './unit-file.ts'
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
  const unit = parseUnitFile(Buffer.from(file.value).toString('utf8'))
  const { description, oneshot, installs } = unit
  return {
    name,
    description: description ?? name,
    path,
    static: !installs,
    oneshot,
    parts: [],
    package: null,
    file: unit,
  }
}

/** Runs the generators of systemd, as it does at boot and for `daemon-reload`: netplan's, where it is installed. */
export async function runGenerators(machine: Machine): Promise<void> {
  if ('netplan.io' in machine.state.packages) await generate(machine)
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
  if (unit.file) return launchFile(machine, unit, unit.file)
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
    case 'systemd-networkd.service':
      startNetworkd(machine)
      return { ok: true }
    default:
      return { ok: true }
  }
}

/** A unit file that somebody put there: what it requires, its conditions, its commands up to the first that fails (systemd.service(5)). */
async function launchFile(machine: Machine, unit: Unit, file: UnitFile): Promise<Outcome> {
  for (const name of file.requires) {
    const needed = findUnit(machine, name)
    if (!needed?.file) continue
    // What this boot has tried already is not tried again by a unit that needs it.
    const outcome = serviceOf(machine, name).failed ? { ok: false } : await startUnit(machine, needed)
    if (outcome.ok) continue
    announce(machine, unit, 'dependency')
    return { ok: false, message: '' }
  }
  const unmet = file.conditions.find(({ path, negated }) => machine.files.stat(path, true).ok === negated)
  if (unmet) {
    announce(machine, unit, { skipped: unmet.text })
    return { ok: true }
  }
  mark(machine, unit.name)
  announce(machine, unit, 'starting')
  const status = await runCommands(machine, unit.name, file)
  const service = machine.state.services[unit.name]
  if (service && (status !== 0 || (file.oneshot && !file.remains))) service.active = false
  if (service && status !== 0) service.failed = true
  announce(machine, unit, status === 0 ? 'started' : { failed: status })
  return status === 0 ? { ok: true } : { ok: false, message: '' }
}

async function runCommands(machine: Machine, unit: string, { commands, identifier }: UnitFile): Promise<number> {
  for (const { argv, tolerant } of commands) {
    const { status, stdout, stderr } = (await runBootScript(machine, argv)) ?? (await machine.exec(argv))
    enter(machine, unit, `${identifier ?? argv[0]?.split('/').at(-1)}[${pid(machine)}]`, `${stdout}\n${stderr}`)
    if (status !== 0 && !tolerant) return status
  }
  return 0
}

// Each line of the journal has the number of its process; they only have to differ.
const pid = (machine: Machine): number => 800 + (machine.state.journal?.length ?? 0)

function mark(machine: Machine, name: string): void {
  const before = serviceOf(machine, name)
  const { failed: _failed, ...rest } = before
  machine.state.services[name] = { ...rest, active: true, starts: before.starts + 1 }
}
