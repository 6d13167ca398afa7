import { done, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import type { MachineState, Pf, Vf } from '../state.ts'
import { representorOf } from './netdev.ts'

/** What one netlink request asks of a VF through its PF; what is not given stays as it is. */
export interface VfRequest {
  mac?: string
  vlan?: number
  qos?: number
  /** Mbit/s; 0: no limit. */
  maxTxRate?: number
  /** Mbit/s; 0: nothing is promised. */
  minTxRate?: number
  spoofchk?: boolean
  linkState?: 'auto' | 'enable' | 'disable'
  trust?: boolean
}

/** Gives a VF what is asked, in the order of the kernel (net/core/rtnetlink.c, do_setvfinfo): what comes before a refusal stays. In switchdev mode only MAC, rates and VLAN 0 (mlx5/core/esw/legacy.c). */
export function setVfAttributes(pf: Pf, vf: Vf, request: VfRequest): Sys {
  const legacy = pf.eswitch.mode === 'legacy'
  const { mac, vlan, spoofchk, linkState, trust } = request
  if (mac !== undefined) vf.mac = mac
  // VLAN 0 is let through in switchdev mode for libvirt's sake, and does nothing.
  if (vlan !== undefined && (legacy || vlan !== 0)) {
    if (!legacy) return refused('EOPNOTSUPP')
    const qos = request.qos ?? 0
    if (vlan > 4095 || qos > 7) return refused('EINVAL')
    keep(vf, 'vlan', vlan === 0 && qos === 0 ? undefined : { id: vlan, qos })
  }
  if (request.maxTxRate !== undefined || request.minTxRate !== undefined) {
    const max = request.maxTxRate ?? vf.maxTxRate ?? 0
    const min = request.minTxRate ?? vf.minTxRate ?? 0
    if (max !== 0 && min > max) return refused('EINVAL')
    keep(vf, 'maxTxRate', max || undefined)
    keep(vf, 'minTxRate', min || undefined)
  }
  if (!legacy && [spoofchk, linkState, trust].some((each) => each !== undefined)) return refused('EOPNOTSUPP')
  if (spoofchk !== undefined) keep(vf, 'spoofchk', spoofchk || undefined)
  if (linkState !== undefined) keep(vf, 'linkState', linkState === 'auto' ? undefined : linkState)
  if (trust !== undefined) keep(vf, 'trust', trust || undefined)
  return done
}

// A default is not kept: a VF that was given it back is as one that nobody touched.
function keep<Key extends keyof Vf>(vf: Vf, key: Key, value: Vf[Key] | undefined): void {
  if (value === undefined) delete vf[key]
  else vf[key] = value
}

/** What a PF says of a VF's link: in switchdev mode `disable` until the representor is up, whatever it was told before. */
export function vfLinkState(state: MachineState, pf: Pf, vf: Vf): 'auto' | 'enable' | 'disable' {
  if (pf.eswitch.mode !== 'switchdev') return vf.linkState ?? 'auto'
  return representorOf(state, pf, vf.index)?.up ? 'enable' : 'disable'
}
