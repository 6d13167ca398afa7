import type { ArgSchema } from '../../module/module.ts'
import { bondOptions, optionSchemas } from './bond-options.ts'
import type { BondOptions } from './bond-state.ts'

/** The arguments that describe a bond; the same in every module that makes one. */
export interface BondArgs {
  readonly bond: string
  readonly ports: readonly string[]
  /** Name or number; {@link modeName} gives the name. */
  readonly mode: string | number
  readonly options: BondOptions
  readonly state: 'present' | 'absent'
}

/** Schemas of `bond`, `ports`, `mode` and `options`. */
export const bondArgs: Readonly<Record<'bond' | 'ports' | 'mode' | 'options', ArgSchema>> = {
  bond: {
    description: 'Name of the bond, 15 characters at most',
    type: 'string',
    pattern: '^[A-Za-z0-9_.-]{1,15}$',
  },
  ports: {
    description: 'Its ports, by interface (PFs also by PCI address)',
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
  },
  mode: {
    description: 'Bonding mode, by name or number: the three that VF-LAG knows',
    enum: ['802.3ad', 'balance-xor', 'active-backup', 4, 2, 1],
    default: '802.3ad',
  },
  options: {
    description: `Options of the bonding driver; those that the mode does not take are left out: ${Object.keys(optionSchemas).join(', ')}. xmit_hash_policy is one of ${(bondOptions['xmit_hash_policy']?.words ?? []).join(', ')}`,
    type: 'object',
    properties: optionSchemas,
    additionalProperties: false,
    default: {},
    examples: [{ miimon: 100, lacp_rate: 'fast', xmit_hash_policy: 'layer3+4' }],
  },
}
