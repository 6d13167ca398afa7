import type { MachineState, PacketFilterTable } from '../state.ts'

/** Built-in chains by table, in the order in which they are listed. */
export const builtInChains: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
}

/** A table as it is; an empty one where nobody has put anything in. */
export const tableOf = (state: MachineState, name: string): PacketFilterTable =>
  state.packetFilter?.[name] ?? emptyTable()

const emptyTable = (): PacketFilterTable => ({ policies: {}, chains: [], rules: [] })

/** Keeps a table; one with nothing in it is as none. */
export function keepTable(state: MachineState, name: string, table: PacketFilterTable): void {
  const policies = Object.fromEntries(Object.entries(table.policies).filter(([, policy]) => policy !== 'ACCEPT'))
  const { [name]: _old, ...others } = state.packetFilter ?? {}
  const empty = Object.keys(policies).length === 0 && table.chains.length === 0 && table.rules.length === 0
  const tables = empty ? others : { ...others, [name]: { ...table, policies } }
  if (Object.keys(tables).length === 0) delete state.packetFilter
  else state.packetFilter = tables
}

/** The chain of a rule `-A INPUT -p tcp -j ACCEPT`. */
export const chainOf = (rule: string): string => rule.split(' ')[1] ?? ''

/** A policy as lists show it. */
export const policyOf = (table: PacketFilterTable, chain: string): string => table.policies[chain] ?? 'ACCEPT'
