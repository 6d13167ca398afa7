import { done, refused } from '../errno.ts'
import type { Sys } from '../machine.ts'
import type { BondState } from '../state.ts'

/** Modes of bonding in the order of their numbers (if_bonding.h). */
export const bondModes = [
  'balance-rr',
  'active-backup',
  'balance-xor',
  'broadcast',
  '802.3ad',
  'balance-tlb',
  'balance-alb',
] as const

/** Hash policies in the order of their numbers. */
export const hashPolicies = ['layer2', 'layer3+4', 'layer2+3', 'encap2+3', 'encap3+4', 'vlan+srcmac'] as const

/** Whether the hash policy matters in a mode, and is shown. */
export const usesHash = (bond: BondState): boolean => bond.mode === 'balance-xor' || bond.mode === '802.3ad'

/** Options beside those with a place of their own: their defaults, and the words that stand for numbers (bond_options.c). */
export const otherOptions: Readonly<Record<string, { readonly default: string; readonly words?: readonly string[] }>> =
  {
    ad_actor_sys_prio: { default: '65535' },
    ad_actor_system: { default: '00:00:00:00:00:00' },
    ad_select: { default: 'stable', words: ['stable', 'bandwidth', 'count'] },
    ad_user_port_key: { default: '0' },
    all_slaves_active: { default: '0' },
    arp_all_targets: { default: 'any', words: ['any', 'all'] },
    arp_interval: { default: '0' },
    arp_missed_max: { default: '2' },
    arp_validate: { default: 'none', words: ['none', 'active', 'backup', 'all'] },
    downdelay: { default: '0' },
    fail_over_mac: { default: 'none', words: ['none', 'active', 'follow'] },
    lacp_active: { default: 'on', words: ['off', 'on'] },
    lp_interval: { default: '1' },
    min_links: { default: '0' },
    num_grat_arp: { default: '1' },
    num_unsol_na: { default: '1' },
    packets_per_slave: { default: '1' },
    peer_notif_delay: { default: '0' },
    primary: { default: '' },
    primary_reselect: { default: 'always', words: ['always', 'better', 'failure'] },
    resend_igmp: { default: '1' },
    tlb_dynamic_lb: { default: '1' },
    updelay: { default: '0' },
    use_carrier: { default: '1' },
  }

/** A bond as the driver makes it. */
export const newBond = (): BondState => ({
  mode: 'balance-rr',
  miimon: 0,
  lacpRate: 'slow',
  xmitHashPolicy: 'layer2',
  slaves: [],
  activeSlave: null,
  failures: {},
})

/**
 * Sets an option of a bond by word or number, with the rules of bond_options.c: ENOTEMPTY with slaves, EBUSY while up,
 * EACCES in a mode that does not have it.
 */
export function setOption(
  log: (text: string) => void,
  name: string,
  bond: BondState,
  up: boolean,
  option: string,
  text: string,
): Sys {
  const value = text.trim()
  const refuse = (errno: 'EACCES' | 'EBUSY' | 'EINVAL' | 'ENOTEMPTY', why: string): Sys => {
    log(`${name}: option ${option}: ${why}`)
    return refused(errno, why)
  }
  switch (option) {
    case 'mode': {
      const mode = word(bondModes, value)
      if (mode === null) return refuse('EINVAL', `invalid value (${value})`)
      if (bond.slaves.length > 0) return refuse('ENOTEMPTY', 'unable to set because the bond device has slaves')
      if (up) return refuse('EBUSY', 'unable to set because the bond device is up')
      bond.mode = mode
      // 802.3ad, tlb and alb cannot do without link monitoring: the driver turns it on (bond_opt_value_set mode).
      if (bond.miimon === 0 && ['802.3ad', 'balance-tlb', 'balance-alb'].includes(mode)) bond.miimon = 100
      return done
    }
    case 'miimon':
      if (!/^\d+$/.test(value)) return refuse('EINVAL', `invalid value (${value})`)
      bond.miimon = Number(value)
      return done
    case 'lacp_rate': {
      const rate = word(['slow', 'fast'] as const, value)
      if (rate === null) return refuse('EINVAL', `invalid value (${value})`)
      if (bond.mode !== '802.3ad')
        return refuse(
          'EACCES',
          `mode dependency failed, not supported in mode ${bond.mode}(${bondModes.indexOf(bond.mode)})`,
        )
      if (up) return refuse('EBUSY', 'unable to set because the bond device is up')
      bond.lacpRate = rate
      return done
    }
    case 'xmit_hash_policy': {
      const policy = word(hashPolicies, value)
      if (policy === null) return refuse('EINVAL', `invalid value (${value})`)
      bond.xmitHashPolicy = policy
      return done
    }
    case 'active_slave':
      if (bond.mode !== 'active-backup' && bond.mode !== 'balance-tlb' && bond.mode !== 'balance-alb')
        return refuse(
          'EACCES',
          `mode dependency failed, not supported in mode ${bond.mode}(${bondModes.indexOf(bond.mode)})`,
        )
      if (value !== '' && !bond.slaves.includes(value)) return refuse('EINVAL', `invalid value (${value})`)
      bond.activeSlave = value === '' ? (bond.slaves[0] ?? null) : value
      return done
    default:
      return setOther(bond, option, value, refuse)
  }
}

function setOther(bond: BondState, option: string, value: string, refuse: (errno: 'EINVAL', why: string) => Sys): Sys {
  const known = otherOptions[option]
  if (!known) return refuse('EINVAL', 'no such option')
  const named = known.words ? word(known.words, value) : value
  const isNumber = /^\d+$/.test(known.default)
  if (named === null || (isNumber && !/^\d+$/.test(value))) return refuse('EINVAL', `invalid value (${value})`)
  if (isNumber && ['updelay', 'downdelay'].includes(option) && bond.miimon === 0)
    return refuse('EINVAL', 'MII monitoring has to be on')
  const options = { ...bond.options }
  if (named === known.default) delete options[option]
  else options[option] = named
  if (Object.keys(options).length > 0) bond.options = options
  else delete bond.options
  return done
}

/** The value of an option as text, without its number. */
export function otherOption(bond: BondState, option: string): string {
  return bond.options?.[option] ?? otherOptions[option]?.default ?? ''
}

function word<const Word extends string>(words: readonly Word[], value: string): Word | null {
  const found = /^\d+$/.test(value) ? words[Number(value)] : words.find((each) => each === value)
  return found ?? null
}
