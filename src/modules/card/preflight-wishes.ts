import { type Facts, findPf } from '../../module/facts.ts'
import { parseMacAddress } from '../../shared/brand.ts'
import { count, list } from '../../shared/text.ts'
import { isMap, type Value } from '../../shared/value.ts'
import { pfLabel, presentPfs } from './pf.ts'
import { type Args, type Finding, isInterfaceName, orFine, type Subject, stops } from './preflight-subject.ts'
import { type Vms, vmListRead, vmsOf } from './users-of-vfs.ts'
import { derivedMac } from './vf-mac.ts'

/** Mistakes in what is asked for that would come to light only half-way. */
export const wishSubject: Subject = {
  reads: () => [vmListRead],
  findings: (args, seen, facts) => {
    const findings: Finding[] = []
    const { bridge, vfs, firmware_vfs: offered } = args
    if (bridge !== undefined && !isInterfaceName(bridge))
      findings.push(
        stops(
          'bridge',
          `"${bridge}" is no name for a bridge, but must be 1 to 15 letters, digits, "_", "." or "-"`,
          'set vflag_bridge',
        ),
      )
    if (vfs !== undefined && offered !== undefined && vfs > offered)
      findings.push(
        stops(
          'number of VFs',
          `${count(vfs, 'VF')} are asked for on each port, but the firmware is going to allow ${offered}`,
          'raise vflag_firmware_vfs, or lower vflag_vfs',
        ),
      )
    return [...findings, ...orFine(vmFindings(args, facts, vmsOf(seen)), 'wanted VMs', wanted(args.vms))]
  },
}

const wanted = (vms: readonly Value[]): string =>
  vms.length === 0 ? 'none gets a VF' : `${count(vms.length, 'VM')}, each with a VF and a MAC address of its own`

/** IEEE 802.1Q: 0 is priority only and 4095 reserved. */
const isVlan = (value: Value): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 4094

function vmFindings({ pfs: names, vms, vfs }: Args, facts: Facts, libvirt: Vms): readonly Finding[] {
  const pfs = presentPfs(facts, names)
  const findings: Finding[] = []
  const hint = 'set vflag_vms for this host in the inventory'
  const stop = (because: string, move = hint) => findings.push(stops('wanted VMs', because, move))
  const byVf = new Map<string, string>()
  const byMac = new Map<string, string>()
  for (const vm of vms) {
    if (!isMap(vm)) continue
    const { name, vf } = vm
    const who = `VM ${String(name)}`
    const port = findPf(facts, String(vm['pf']))
    const pf = port === null ? String(vm['pf']) : pfLabel(port)
    if (!pfs.some((each) => each.pci === port?.pci))
      stop(`${who} is given a VF of ${pf}, but the ports are ${list(pfs.map(pfLabel), 'and')}`)
    const vlan = vm['vlan']
    if (vlan !== undefined && vlan !== null && !isVlan(vlan))
      stop(`${who} is given the VLAN ${String(vlan)}, but must be given one from 1 to 4094`)
    const given = vm['mac']
    const mac = typeof given === 'string' ? parseMacAddress(given) : null
    if (mac === null && given !== undefined && given !== null && given !== derivedMac)
      stop(
        `${who} is given the MAC address "${String(given)}", but it must be six pairs of hexadecimal digits, 52:54:00:12:34:56`,
      )
    if (mac !== null) {
      // The first byte's lowest bit makes it a group address (IEEE 802), which libvirt and the card refuse.
      if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
        stop(`the MAC address ${mac} of ${who} is a multicast address`)
      const other = byMac.get(mac)
      if (other !== undefined) stop(`${other} and ${who} are both given the MAC address ${mac}`)
      byMac.set(mac, who)
    }
    const place = `VF ${String(vf)} of ${pf}`
    const rival = byVf.get(place)
    if (rival !== undefined) stop(`${rival} and ${who} are both given ${place}`)
    byVf.set(place, who)
    if (typeof vf === 'number' && vfs !== undefined && vf >= vfs)
      stop(
        `${who} is given ${place}, but there are going to be ${count(vfs, 'VF')}, numbered from 0`,
        'raise vflag_vfs, or give it another VF (vflag_vms)',
      )
    if (libvirt.state === 'known' && !libvirt.vms.some((each) => each.name === name))
      stop(`there is no ${who} on this host, which has ${list(libvirt.vms.map((each) => each.name)) || 'none'}`)
  }
  return findings
}
