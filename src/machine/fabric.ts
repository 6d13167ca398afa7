import type { Fabric, Machine } from './machine.ts'
import { sendFlow } from './traffic/flow.ts'

/** What the switch does with the two ports of a card: LACP, a static LAG, nothing, or `split`: each port goes to a switch of its own, which does LACP and knows nothing of the other. */
export type SwitchMode = 'lacp' | 'static' | 'none' | 'split'

/** A fabric that machines can be plugged into. */
export interface OpenFabric extends Fabric {
  /** Connects a machine: both ports of its card, or the one of a client, go to the switch. */
  add(machine: Machine, options: { readonly mode: SwitchMode }): void
}

/**
 * One switch with every machine's ports: host n has the ports 17 + 2n and 18 + 2n, and a LAG of its own with the key
 * 1001 + n; a further card has ports 256 higher and a key 256 higher. A machine that was not added yet has no LACP partner.
 */
export function createFabric(): OpenFabric {
  const machines = new Map<string, Machine>()
  const modes = new Map<string, SwitchMode>()
  const listeners = new Set<() => void>()
  const fabric: OpenFabric = {
    machines,
    add: (machine, { mode }) => {
      machines.set(machine.state.name, machine)
      modes.set(machine.state.name, mode)
    },
    mode: (machine) => modes.get(machine.state.name) ?? 'none',
    partner: (machine, { card, pf }) => {
      const mode = modes.get(machine.state.name)
      if (mode !== 'lacp' && mode !== 'split') return null
      const host = [...machines.keys()].indexOf(machine.state.name)
      const mac = mode === 'split' && pf === 1 ? OTHER_SWITCH_MAC : SWITCH_MAC
      return { mac, key: 1001 + host + 256 * card, port: 17 + 2 * host + 256 * card + pf }
    },
    send: (flow) => sendFlow(fabric, flow),
    touch: () => {
      for (const listener of listeners) listener()
    },
    watch: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return fabric
}

const SWITCH_MAC = '24:8a:07:aa:bb:cc'
const OTHER_SWITCH_MAC = '24:8a:07:aa:bb:dd'
