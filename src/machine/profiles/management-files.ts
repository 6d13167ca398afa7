import { stableUuid } from '../identity.ts'
import type { Profile } from '../state.ts'
import { ifcfgManagement, ifcfgPort, networkd } from './network-files.ts'
import { userlands } from './userland.ts'

/** The bond that SSH comes in by where it is one. */
export const managementBond = 'bond0'
/** The VLAN on it. */
export const managementVlan = 'bond0.100'

/** A file with its path, content and mode (0644 when not given). */
export type NetworkFile = readonly [path: string, content: string, mode?: string]

/** The files of a host whose own traffic goes over the ports of its card. */
export function overTheCard(
  host: string,
  os: Profile['os'],
  how: NonNullable<Profile['management']>,
  address: string,
  ports: readonly string[],
): readonly NetworkFile[] {
  const { network } = userlands[os]
  const [one = '', two = '', ...others] = ports
  const members = how === 'pf' ? [] : [one, two]
  const [ip = '', prefix = ''] = address.split('/')
  if (network === 'netplan') {
    const ethernets = how === 'pf' ? { [one]: { addresses: [address] } } : { [one]: {}, [two]: {} }
    const parameters = { mode: 'active-backup', 'mii-monitor-interval': 100 }
    const bond = { interfaces: members, parameters, ...(how === 'bond' && { addresses: [address] }) }
    const content = {
      network: {
        version: 2,
        ethernets,
        ...(how !== 'pf' && { bonds: { [managementBond]: bond } }),
        ...(how === 'vlan' && {
          vlans: { [managementVlan]: { id: 100, link: managementBond, addresses: [address] } },
        }),
      },
    }
    // JSON is YAML too.
    return [['/etc/netplan/50-cloud-init.yaml', `${JSON.stringify(content, null, 2)}\n`, '0600']]
  }
  if (network === 'networkd') {
    const folder = '/etc/systemd/network'
    if (how === 'pf') return [[`${folder}/10-${one}.network`, networkd(one, address)]]
    const vlanLine = how === 'vlan' ? `VLAN=${managementVlan}\n` : `Address=${address}\n`
    return [
      [
        `${folder}/10-${managementBond}.netdev`,
        `[NetDev]\nName=${managementBond}\nKind=bond\n\n[Bond]\nMode=active-backup\nMIIMonitorSec=100ms\n`,
      ],
      [`${folder}/10-${managementBond}.network`, `[Match]\nName=${managementBond}\n\n[Network]\n${vlanLine}`],
      ...members.map(
        (name): NetworkFile => [
          `${folder}/20-${name}.network`,
          `[Match]\nName=${name}\n\n[Network]\nBond=${managementBond}\n`,
        ],
      ),
      ...(how === 'vlan'
        ? ([
            [
              `${folder}/30-${managementVlan}.netdev`,
              `[NetDev]\nName=${managementVlan}\nKind=vlan\n\n[VLAN]\nId=100\n`,
            ],
            [`${folder}/30-${managementVlan}.network`, networkd(managementVlan, address)],
          ] satisfies NetworkFile[])
        : []),
    ]
  }
  if (os === 'el10') {
    const folder = '/etc/NetworkManager/system-connections'
    const profile = (name: string, type: string, more: string, own: string | null): NetworkFile => [
      `${folder}/${name}.nmconnection`,
      `[connection]\nid=${name}\nuuid=${stableUuid(host, name)}\ntype=${type}\ninterface-name=${name}\n${more}\n[ipv4]\n${own === null ? 'method=disabled\n' : `address1=${own}\nmethod=manual\n`}`,
      '0600',
    ]
    if (how === 'pf') return [profile(one, 'ethernet', '', address)]
    return [
      profile(managementBond, 'bond', '\n[bond]\nmode=active-backup\nmiimon=100\n', how === 'bond' ? address : null),
      ...members.map((name) => profile(name, 'ethernet', `controller=${managementBond}\nport-type=bond\n`, null)),
      ...(how === 'vlan'
        ? [profile(managementVlan, 'vlan', `\n[vlan]\nid=100\nparent=${managementBond}\n`, address)]
        : []),
    ]
  }
  const scripts = '/etc/sysconfig/network-scripts'
  const rest = (how === 'pf' ? [two, ...others] : others).map(
    (name): NetworkFile => [`${scripts}/ifcfg-${name}`, ifcfgPort(host, name)],
  )
  if (how === 'pf') return [[`${scripts}/ifcfg-${one}`, ifcfgManagement(host, one, ip, prefix)], ...rest]
  const given = `IPADDR=${ip}\nPREFIX=${prefix}\n`
  const base = (name: string) => `DEVICE=${name}\nNAME=${name}\nONBOOT=yes\nBOOTPROTO=none\n`
  return [
    [
      `${scripts}/ifcfg-${managementBond}`,
      `${base(managementBond)}TYPE=Bond\nBONDING_MASTER=yes\nBONDING_OPTS="mode=active-backup miimon=100"\n${how === 'bond' ? given : ''}`,
    ],
    ...members.map(
      (name): NetworkFile => [
        `${scripts}/ifcfg-${name}`,
        `${base(name)}TYPE=Ethernet\nMASTER=${managementBond}\nSLAVE=yes\n`,
      ],
    ),
    ...(how === 'vlan'
      ? [[`${scripts}/ifcfg-${managementVlan}`, `${base(managementVlan)}VLAN=yes\n${given}`] satisfies NetworkFile]
      : []),
    ...rest,
  ]
}
