import { parseMacAddress } from '../../shared/brand.ts'
import { count, list } from '../../shared/text.ts'
import { isMap, type Value } from '../../shared/value.ts'
import type { Vms } from './users-of-vfs.ts'
import { derivedMac } from './vf-mac.ts'

/** A reason not to begin, with what to do about it. */
export interface Finding {
  readonly because: string
  readonly hint: string
}

/** What the roll-out is going to be asked for, as far as it can be checked before anything is written. */
export interface Wishes {
  readonly bridge?: string
  readonly vfs?: number
  readonly firmware_vfs?: number
  readonly vms: readonly Value[]
}

/** Mistakes in what is asked for that would come to light only half-way. */
export function wishFindings(wishes: Wishes, libvirt: Vms): readonly Finding[] {
  const findings: Finding[] = []
  const { bridge, vfs, firmware_vfs: offered } = wishes
  if (bridge !== undefined && !/^[A-Za-z0-9_.-]{1,15}$/.test(bridge))
    findings.push({
      because: `"${bridge}" is no name for a bridge, but must be 1 to 15 letters, digits, "_", "." or "-"`,
      hint: 'set vflag_bridge',
    })
  if (vfs !== undefined && offered !== undefined && vfs > offered)
    findings.push({
      because: `${count(vfs, 'VF')} are asked for on each port, but the firmware is going to allow ${offered}`,
      hint: 'raise vflag_firmware_vfs, or lower vflag_vfs',
    })
  return [...findings, ...vmFindings(wishes, libvirt)]
}

function vmFindings(wishes: Wishes, libvirt: Vms): readonly Finding[] {
  const findings: Finding[] = []
  const hint = 'set vflag_vms for this host in the inventory'
  const byVf = new Map<string, string>()
  const byMac = new Map<string, string>()
  for (const vm of wishes.vms) {
    if (!isMap(vm)) continue
    const { name, pf, vf } = vm
    const mac = typeof vm['mac'] === 'string' ? parseMacAddress(vm['mac']) : null
    const who = `VM ${String(name)}`
    // Without one it gets the address that is derived for its VF, which nobody else has.
    if (mac === null && vm['mac'] !== undefined && vm['mac'] !== derivedMac)
      findings.push({ because: `${who} is given the MAC address "${String(vm['mac'])}", which is none`, hint })
    if (mac !== null) {
      // The first byte's lowest bit makes it a group address (IEEE 802), which libvirt and the card refuse.
      if ((Number.parseInt(mac.slice(0, 2), 16) & 1) === 1)
        findings.push({ because: `the MAC address ${mac} of ${who} is a multicast address`, hint })
      const other = byMac.get(mac)
      if (other !== undefined)
        findings.push({ because: `${other} and ${who} are both given the MAC address ${mac}`, hint })
      byMac.set(mac, who)
    }
    const { vlan } = vm
    if (vlan !== undefined && !(Number.isInteger(vlan) && Number(vlan) >= 1 && Number(vlan) <= 4094))
      findings.push({ because: `${who} is given the VLAN ${String(vlan)}, but must be given one from 1 to 4094`, hint })
    const place = `VF ${String(vf)} of ${String(pf)}`
    const rival = byVf.get(place)
    if (rival !== undefined) findings.push({ because: `${rival} and ${who} are both given ${place}`, hint })
    byVf.set(place, who)
    if (typeof vf === 'number' && wishes.vfs !== undefined && vf >= wishes.vfs)
      findings.push({
        because: `${who} is given ${place}, but there are going to be ${count(wishes.vfs, 'VF')}, numbered from 0`,
        hint: 'raise vflag_vfs, or give it another VF (vflag_vms)',
      })
    if (libvirt.state === 'known' && !libvirt.vms.some((each) => each.name === name))
      findings.push({
        because: `there is no ${who} on this host, which has ${list(libvirt.vms.map((each) => each.name)) || 'none'}`,
        hint,
      })
  }
  return findings
}
