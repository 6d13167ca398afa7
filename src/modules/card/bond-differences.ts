import { type Delta, delta } from '../../module/plan.ts'
import { attr, run, type Step } from '../../module/step.ts'
import { list } from '../../shared/text.ts'
import { bondOptions } from './bond-options.ts'
import { type BondNow, type BondOptions, modeName, optionHolds, optionsFor } from './bond-state.ts'
import type { Netdev } from './netdevs.ts'

/** A bond as it has to run. */
export interface WantedBond {
  readonly bond: string
  readonly mode: string | number
  readonly options: BondOptions
}

/** What has to change of a bond: `option` may be changed while it runs, `all` needs it brought up anew. */
export interface Difference extends Delta {
  readonly kind: 'option' | 'up' | 'ports' | 'all'
  /** Of `option` its name, of `up` the interface. */
  readonly name?: string
}

/** What differs between a bond as it runs and as it has to; `all` are the interfaces of the host. */
export function differences(
  args: WantedBond,
  bond: BondNow,
  ports: readonly string[],
  all: readonly Netdev[],
): readonly Difference[] {
  const name = args.bond
  const mode = modeName(args.mode)
  if (!bond.exists) return [{ kind: 'all', ...delta(`bond ${name}`, null, `${mode} over ${list(ports)}`) }]
  const found: Difference[] = []
  if (bond.mode !== mode) found.push({ kind: 'all', ...delta(`mode of ${name}`, bond.mode, mode) })
  if ([...bond.slaves].sort().join(' ') !== [...ports].sort().join(' '))
    found.push({ kind: 'ports', ...delta(`ports of ${name}`, bond.slaves.join(' ') || null, ports.join(' ')) })
  for (const [option, wanted] of optionsFor(mode, args.options)) {
    const now = bond.options.get(option)
    if (optionHolds(now, wanted)) continue
    found.push({
      kind: bondOptions[option]?.live ? 'option' : 'all',
      name: option,
      ...delta(`${option} of ${name}`, now ?? null, wanted),
    })
  }
  for (const each of [name, ...ports.filter((port) => bond.slaves.includes(port))]) {
    const up = each === name ? bond.up : all.find((netdev) => netdev.name === each)?.up
    if (up === false) found.push({ kind: 'up', name: each, ...delta(`state of ${each}`, 'down', 'up') })
  }
  return found
}

/** The step that mends a difference of a bond that goes on running. */
export function liveStep(bond: string, difference: Difference): Step {
  const name = difference.name ?? bond
  return difference.kind === 'option'
    ? attr(`/sys/class/net/${bond}/bonding/${name}`, difference.after ?? '')
    : run(['ip', 'link', 'set', 'dev', name, 'up'])
}
