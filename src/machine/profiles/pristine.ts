import { stableMac, stableNumber, stableUuid } from '../identity.ts'
import { newBond } from '../kernel/bond-options.ts'
import { pristineManager } from '../network/manager.ts'
import { pristineNetworkd } from '../network/networkd.ts'
import type { Card, Link, MachineState, Profile } from '../state.ts'
import { thirdPort } from '../sysfs/places.ts'
import { pristineCards } from './cards.ts'
import { pristineFiles } from './disk.ts'
import { pristineHostSide } from './host-side.ts'
import { managementBond, managementVlan } from './management-files.ts'
import { userlands } from './userland.ts'

/** What differs between machines of one profile. */
export interface PristineExtras {
  readonly vms: readonly { readonly name: string; readonly address: string }[]
  /** Of eno1, with prefix length; made from the name when not given. */
  readonly management?: string
  /** Seconds since 1970 at which it was installed and booted. */
  readonly installedAt?: number
}

/** A machine as it is after installation and before anybody set up VF-LAG. */
export function pristineState(name: string, profile: Profile, extras: PristineExtras): MachineState {
  const installedAt = extras.installedAt ?? 1_767_225_600
  const management = extras.management ?? `192.0.2.${addressOf(name, profile)}/24`
  const cards = pristineCards(name, profile)
  const side = pristineHostSide(name, profile, extras.vms)
  const links = pristineLinks(name, profile, management, cards)
  const ports = cards.flatMap((card) => card.pfs.map((pf) => pf.netdev))
  const files = { ...side.files, ...pristineFiles(name, profile, management, installedAt, ports) }
  return {
    name,
    profile,
    boot: { id: stableUuid(name, 'boot', '1'), count: 1, at: installedAt },
    files,
    packages: side.packages,
    services: side.services,
    cards,
    links: Object.fromEntries(links.map((link) => [link.name, link])),
    nextIfindex: Math.max(...links.map(({ ifindex }) => ifindex)) + 1,
    ovs: side.ovs,
    domains: side.domains,
    ...networkMemory(profile, files, links),
    dmesg: [],
  }
}

/** What the daemon that applies network files has in its memory. */
function networkMemory(
  { os }: Profile,
  files: MachineState['files'],
  links: readonly Link[],
): Pick<MachineState, 'networkManager' | 'networkd'> {
  if (os === 'client') return {}
  const { network } = userlands[os]
  if (network === 'networkmanager') return { networkManager: pristineManager(files) }
  return network === 'network-scripts' ? {} : { networkd: pristineNetworkd(files, links) }
}

/** The last number of the address: `hv3` has .13, others one made from the name. */
function addressOf(name: string, profile: Profile): number {
  const number = Number(/(\d{1,2})$/.exec(name)?.[1] ?? '0')
  if (number > 0) return (profile.os === 'client' ? 110 : 10) + number
  return 120 + stableNumber(120, name)
}

function pristineLinks(host: string, profile: Profile, management: string, cards: readonly Card[]): readonly Link[] {
  const link = (name: string, kind: Link['kind'], ifindex: number, rest: Partial<Link>): Link => ({
    name,
    ifindex,
    kind,
    mac: stableMac(host, name),
    up: true,
    mtu: 1500,
    master: null,
    addresses: [],
    port: null,
    hwTcOffload: false,
    counters: { rx_packets: 0, tx_packets: 0, rx_bytes: 0, tx_bytes: 0 },
    bond: null,
    ...rest,
  })
  const lo = link('lo', 'loopback', 1, { mac: '00:00:00:00:00:00', mtu: 65536, addresses: ['127.0.0.1/8', '::1/128'] })
  const eno1 = link('eno1', 'management', 2, { addresses: [management] })
  if (profile.os === 'client') return [lo, eno1, link('ens1', 'management', 3, { addresses: ['198.51.100.1/24'] })]
  const pfs = cards.flatMap((card, place) =>
    card.pfs.map((pf, at) => {
      const port = { card: place, pf: at === 0 ? 0 : 1, vf: null } as const
      return link(pf.netdev, 'pf', 3 + 2 * place + at, { mac: pf.mac, up: false, port })
    }),
  )
  const third = profile.thirdPort ? [link(thirdPort, 'management', 20, { up: false })] : []
  return [lo, ...(profile.management ? managed(profile.management, pfs, management, link) : [eno1, ...pfs]), ...third]
}

/** The ports of a host that SSH comes in by over the card, and what stands on them. */
function managed(
  how: NonNullable<Profile['management']>,
  pfs: readonly Link[],
  address: string,
  link: (name: string, kind: Link['kind'], ifindex: number, rest: Partial<Link>) => Link,
): readonly Link[] {
  const [one, two, ...others] = pfs
  if (!one || !two) return pfs
  if (how === 'pf') return [{ ...one, up: true, addresses: [address] }, two, ...others]
  const members = [one, two].map((pf) => ({ ...pf, up: true, master: managementBond, mac: one.mac }))
  const names = [one.name, two.name] as const
  const bond = link(managementBond, 'bond', 10, {
    mac: one.mac,
    addresses: how === 'bond' ? [address] : [],
    bond: {
      ...newBond(),
      mode: 'active-backup',
      miimon: 100,
      slaves: [...names],
      activeSlave: names[0],
      failures: { [names[0]]: 0, [names[1]]: 0 },
    },
  })
  const vlan = link(managementVlan, 'vlan', 11, {
    mac: one.mac,
    addresses: [address],
    vlan: { id: 100, lower: managementBond },
  })
  return [...members, ...others, bond, ...(how === 'vlan' ? [vlan] : [])]
}
