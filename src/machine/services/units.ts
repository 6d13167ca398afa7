import { type Userland, userlands } from '../profiles/userland.ts'
import type { Profile } from '../state.ts'
import type { UnitFile } from './unit-file.ts'

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
  /** What the file of people's own units says. */
  readonly file?: UnitFile
}

/** The units that an operating system has when all the packages of the model are installed. */
export function unitsOf({
  ofed,
  os,
}: {
  readonly ofed?: true | undefined
  readonly os: Profile['os']
}): readonly Unit[] {
  const { family, libvirtDaemon, libvirtPackage, network, ovsUnit, unitFolder } = userlands[os]
  const unit = (name: string, description: string, more: Partial<Unit> = {}): Unit => ({
    name,
    description,
    path: `${unitFolder}/${name}`,
    static: false,
    oneshot: false,
    parts: [],
    package: null,
    ...more,
  })
  const names = family === 'debian' ? debianNames : redHatNames
  const daemon = libvirtDaemon === 'libvirtd' ? 'Virtualization daemon' : 'Virtualization qemu daemon'
  // rhel/usr_lib_systemd_system_*.service and debian/*.service of Open vSwitch: the main unit does nothing but hold the two daemons together.
  const switching = ovsUnit.replace(/\.service$/, '')
  return [
    ...Object.entries(names).map(([name, description]) => unit(`${name}.service`, description)),
    ...networks[network].map(([name, description, more]) => unit(name, description, more)),
    unit(`${libvirtDaemon}.service`, daemon, { package: libvirtPackage }),
    ...(ofed ? [unit('openibd.service', 'openibd - configure Mellanox devices', { oneshot: true })] : []),
    ...(os === 'client'
      ? []
      : [
          unit(ovsUnit, 'Open vSwitch', {
            oneshot: true,
            parts: ['ovsdb-server.service', 'ovs-vswitchd.service'],
            package: switching,
          }),
          unit('ovsdb-server.service', 'Open vSwitch Database Unit', { static: true, package: switching }),
          unit('ovs-vswitchd.service', 'Open vSwitch Forwarding Unit', { static: true, package: switching }),
        ]),
  ]
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

const redHatNames: Readonly<Record<string, string>> = {
  sshd: 'OpenSSH server daemon',
  crond: 'Command Scheduler',
  chronyd: 'NTP client/server',
  irqbalance: 'irqbalance daemon',
}

const debianNames: Readonly<Record<string, string>> = {
  ssh: 'OpenBSD Secure Shell server',
  cron: 'Regular background program processing daemon',
  chrony: 'chrony, an NTP client/server',
  irqbalance: 'irqbalance daemon',
}

const networkd = ['systemd-networkd.service', 'Network Configuration', {}] as const

// What applies network files. On Ubuntu netplan writes for systemd-networkd.
const networks: Readonly<
  Record<Userland['network'], readonly (readonly [name: string, description: string, more: Partial<Unit>])[]>
> = {
  'network-scripts': [
    ['network.service', 'LSB: Bring up/down networking', { path: '/etc/rc.d/init.d/network', oneshot: true }],
  ],
  networkmanager: [['NetworkManager.service', 'Network Manager', { package: 'NetworkManager' }]],
  netplan: [networkd],
  networkd: [networkd],
}
