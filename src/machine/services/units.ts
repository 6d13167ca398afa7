import type { Profile } from '../state.ts'

/** A systemd unit of the model. */
export interface Unit {
  /** `openvswitch.service` */
  readonly name: string
  readonly description: string
  /** Where its file is; a unit made from an init script has none in the file system that counts. */
  readonly path: string
  /** Has no [Install] section: it cannot be enabled. */
  readonly static: boolean
  /** Runs once and stays active (RemainAfterExit): `active (exited)`. */
  readonly oneshot: boolean
  /** Units that start and stop with it. */
  readonly parts: readonly string[]
  /** The package that brings it; null for the system's own. */
  readonly package: string | null
}

/** The units that an operating system has when all the packages of the model are installed. */
export function unitsOf(os: Profile['os']): readonly Unit[] {
  return [...everywhere, ...(os === 'rhel7.7' ? seven : nine), ...(os === 'client' ? [] : openvswitch)]
}

/** `openvswitch` means `openvswitch.service`. */
export function unitName(word: string): string {
  return /\.(service|socket|target|timer|mount|path|slice|scope)$/.test(word) ? word : `${word}.service`
}

/** The text of a unit's file. */
export function unitFile(unit: Unit): string {
  const lines = [
    '[Unit]',
    `Description=${unit.description}`,
    ...unit.parts.map((part) => `Requires=${part}`),
    '',
    '[Service]',
    ...(unit.oneshot ? ['Type=oneshot', 'ExecStart=/bin/true', 'RemainAfterExit=yes'] : [`ExecStart=${binary(unit)}`]),
    ...(unit.static ? [] : ['', '[Install]', 'WantedBy=multi-user.target']),
  ]
  return `${lines.join('\n')}\n`
}

function binary(unit: Unit): string {
  return `/usr/sbin/${unit.name.replace(/\.service$/, '')}`
}

const unit = (name: string, description: string, more: Partial<Unit> = {}): Unit => ({
  name,
  description,
  path: `/usr/lib/systemd/system/${name}`,
  static: false,
  oneshot: false,
  parts: [],
  package: null,
  ...more,
})

const everywhere = [
  unit('sshd.service', 'OpenSSH server daemon'),
  unit('crond.service', 'Command Scheduler'),
  unit('chronyd.service', 'NTP client/server'),
  unit('irqbalance.service', 'irqbalance daemon'),
] as const

const seven = [
  unit('network.service', 'LSB: Bring up/down networking', {
    path: '/etc/rc.d/init.d/network',
    oneshot: true,
  }),
  unit('libvirtd.service', 'Virtualization daemon', { package: 'libvirt' }),
] as const

const nine = [
  unit('NetworkManager.service', 'Network Manager', { package: 'NetworkManager' }),
  unit('virtqemud.service', 'Virtualization qemu daemon', { package: 'libvirt' }),
] as const

// rhel/usr_lib_systemd_system_*.service of Open vSwitch: the main unit does nothing but hold the two daemons together.
const openvswitch = [
  unit('openvswitch.service', 'Open vSwitch', {
    oneshot: true,
    parts: ['ovsdb-server.service', 'ovs-vswitchd.service'],
    package: 'openvswitch',
  }),
  unit('ovsdb-server.service', 'Open vSwitch Database Unit', { static: true, package: 'openvswitch' }),
  unit('ovs-vswitchd.service', 'Open vSwitch Forwarding Unit', { static: true, package: 'openvswitch' }),
] as const
