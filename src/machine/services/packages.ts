import type { Machine } from '../machine.ts'
import { userlandOf } from '../profiles/userland.ts'
import type { Package } from './catalog.ts'
import { unitsOf } from './units.ts'

/** Installs a package; its units appear: disabled and stopped on Red Hat's, enabled and started at once on Debian's (deb-systemd-helper). */
export function installPackage(machine: Machine, { name, version }: Package): void {
  machine.state.packages[name] = version
  const on = userlandOf(machine).packageManager === 'apt'
  for (const unit of unitsOf(machine.state.profile)) {
    if (unit.package !== name) continue
    machine.state.services[unit.name] ??= { enabled: on && !unit.static, active: on, starts: on ? 1 : 0 }
  }
}

/** Removes a package with its units. */
export function removePackage(machine: Machine, name: string): void {
  delete machine.state.packages[name]
  for (const unit of unitsOf(machine.state.profile)) {
    if (unit.package === name) delete machine.state.services[unit.name]
  }
}

/** `openvswitch-2.12.0-21.el7fdp.x86_64`, as rpm and yum name an installed package. */
export function fullName(name: string, version: string): string {
  return `${name}-${version}.x86_64`
}

/** The version that a program of Open vSwitch or libvirt calls its own: that of the package without release and epoch; empty when none of these is installed. */
export function upstreamVersion(machine: Machine, ...packages: readonly string[]): string {
  const name = packages.find((each) => each in machine.state.packages)
  return (name === undefined ? '' : (machine.state.packages[name] ?? '')).replace(/^\d+:/, '').replace(/[-+~].*$/, '')
}
