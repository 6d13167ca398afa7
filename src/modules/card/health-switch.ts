import type { Facts, PfFact } from '../../module/facts.ts'
import { type CommandRead, command, type Read, stat } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { parseFeatures } from '../../parsers/ethtool.ts'
import { parseOvsAtom } from '../../parsers/ovs-vsctl.ts'
import { count, list } from '../../shared/text.ts'
import type { Value } from '../../shared/value.ts'
import { bad, good, type HealthRow, unseen } from './health-rows.ts'
import { type Netdev, representorsOf } from './netdevs.ts'
import { type OvsDatabase, vfMark } from './ovs-database.ts'
import { offloadValueRead, restartMark } from './ovs-offload.ts'
import { vlansOf } from './ovs-representor-ports.ts'
import { pfLabel, sriovState } from './pf.ts'

/** Seconds that udev may take for representors, and vswitchd for ports. */
const representorsTake = 15
const portsTake = 10

const featuresRead = (pf: PfFact): CommandRead => command('ethtool', '-k', pfLabel(pf))

/** What to look at for {@link offloadRow}. */
export const offloadReads = (pfs: readonly PfFact[]): readonly Read[] => [
  offloadValueRead,
  stat(restartMark),
  ...pfs.map(featuresRead),
]

/** Whether every VF has its representor, and it is up: the VF has a link only then. */
export function representorsRow(
  pfs: readonly PfFact[],
  all: readonly Netdev[],
  owners: ReadonlyMap<string, string>,
  seen: Readings,
  facts: Facts,
): HealthRow {
  const check = 'representors'
  const found = pfs.flatMap((pf) => representorsOf(pf, all, facts.pfs).map((each) => ({ ...each, pf })))
  const short = pfs.flatMap((pf) => {
    const wanted = sriovState(pf, seen).count
    const own = found.filter((each) => each.pf === pf).length
    return own < wanted ? [`${own} of ${wanted} of ${pfLabel(pf)}`] : []
  })
  if (short.length > 0)
    return bad(
      check,
      `there are only ${list(short)}`,
      'representors exist in switchdev mode only (module eswitch); look at "devlink port show" on the host',
      representorsTake,
    )
  const down = found.filter((each) => !each.netdev.up)
  if (down.length > 0)
    return bad(
      check,
      list(
        down.map(({ netdev, pf, vf }) => {
          const vm = owners.get(vfMark(pf, vf))
          return `${netdev.name} is down, so VF ${vf} of ${pfLabel(pf)}${vm === undefined ? '' : ` (VM ${vm})`} has no link`
        }),
      ),
      'set them up (module link)',
    )
  if (found.length === 0)
    return bad(check, `${list(pfs.map(pfLabel))} have none`, 'they come with VFs in switchdev mode')
  return good(check, `${count(found.length, 'representor')}, all up`)
}

/** Whether the bond and the representors are ports of the bridge, in the VLANs of their VMs, and Open vSwitch uses them. */
export function portsRow(
  database: OvsDatabase,
  wanted: { readonly bridge: string; readonly bond: string; readonly vms: readonly Value[] },
  pfs: readonly PfFact[],
  all: readonly Netdev[],
  facts: Facts,
): HealthRow {
  const check = 'OVS ports'
  const { bridge, bond } = wanted
  const { answer, bridges, ports } = database
  if (answer.state === 'absent') return bad(check, 'Open vSwitch is not installed', 'install it (module package)')
  if (answer.state === 'silent')
    return bad(check, `Open vSwitch does not answer: ${answer.reason}`, 'start it (module service)')
  if (!bridges.includes(bridge)) return bad(check, `there is no bridge ${bridge}`, 'make it with ovs_bridge')
  const vlans = vlansOf(wanted.vms, facts)
  const representors = pfs.flatMap((pf) =>
    representorsOf(pf, all, facts.pfs).map(({ netdev, vf }) => ({
      name: netdev.name,
      mark: vfMark(pf, vf),
      vlan: vlans.find((each) => each.pci === pf.pci && each.vf === vf)?.vlan ?? null,
    })),
  )
  const names = [bond, ...representors.map((each) => each.name)]
  const missing = names.filter((name) => ports.get(name)?.bridge !== bridge)
  if (missing.length > 0)
    return bad(
      check,
      `${list(missing)} ${missing.length === 1 ? 'is no port' : 'are no ports'} of ${bridge}`,
      'add them with ovs_port',
    )
  // Ports that others added are theirs to look after.
  const sick = [...ports.values()].filter(
    (port) => port.bridge === bridge && port.trouble !== null && (port.mark !== null || names.includes(port.name)),
  )
  if (sick.length > 0)
    return bad(
      check,
      `Open vSwitch does not use ${list(sick.map((port) => `${port.name} (${port.trouble})`))}`,
      'look at /var/log/openvswitch/ovs-vswitchd.log on the host; stale ports go with ovs_port',
      portsTake,
    )
  const strange = representors.filter(({ name, vlan }) => vlan !== (ports.get(name)?.tag ?? null))
  // A tag that nobody asked for may be somebody's choice at a port of theirs.
  const wrong = strange.filter(({ name, vlan }) => vlan !== null || ports.get(name)?.mark !== null)
  if (wrong.length > 0)
    return bad(
      check,
      list(
        wrong.map(
          ({ name, vlan }) =>
            `${name} is in ${vlanText(ports.get(name)?.tag ?? null)}, but must be in ${vlanText(vlan)}`,
        ),
      ),
      'set it with ovs_port (vlans)',
    )
  const tagged = representors.flatMap(({ name, vlan }) => (vlan === null ? [] : [`${name} in VLAN ${vlan}`]))
  return good(
    check,
    `${bond} and ${count(representors.length, 'representor')} in ${bridge}, without error${tagged.length > 0 ? `; ${list(tagged)}` : ''}`,
  )
}

/** Whether Open vSwitch hands flows to the card and the ports take them. */
export function offloadRow(pfs: readonly PfFact[], database: OvsDatabase, seen: Readings): HealthRow {
  const check = 'offload'
  const wrong: { readonly because: string; readonly hint: string }[] = []
  const dumb: string[] = []
  if (database.answer.state !== 'answers') dumb.push('Open vSwitch does not answer')
  else if (parseOvsAtom(seen.command(...offloadValueRead.argv).stdout) !== 'true')
    wrong.push({ because: 'hw-offload of Open vSwitch is off', hint: 'switch it on (module ovs_offload)' })
  else if (seen.stat(restartMark).state === 'present')
    wrong.push({
      because: 'Open vSwitch was not restarted since hw-offload was changed',
      hint: 'let ovs_offload finish',
    })
  for (const pf of pfs) {
    const feature = parseFeatures(seen.command(...featuresRead(pf).argv).stdout).get('hw-tc-offload')
    if (!feature) dumb.push(`${pfLabel(pf)} does not tell its hw-tc-offload`)
    else if (!feature.on)
      wrong.push({ because: `hw-tc-offload of ${pfLabel(pf)} is off`, hint: 'switch it on (module hw_tc_offload)' })
  }
  if (wrong.length > 0)
    return bad(check, list(wrong.map((each) => each.because)), [...new Set(wrong.map((each) => each.hint))].join('; '))
  if (dumb.length > 0) return unseen(check, list(dumb))
  return good(check, `hw-offload of Open vSwitch and hw-tc-offload of ${list(pfs.map(pfLabel))} are on`)
}

const vlanText = (vlan: number | null): string => (vlan === null ? 'no VLAN' : `VLAN ${vlan}`)
