import type { MachineState } from './state.ts'

/**
 * A machine without what never is the same twice: clocks, counters, the log, boots, starts of services, indexes and random
 * MACs. Firmware settings are left out as well, since they stay when VF-LAG is taken down. Two machines whose comparable
 * states are equal are in the same condition.
 */
export function comparable(state: MachineState): unknown {
  const {
    boot: _boot,
    nextIfindex: _next,
    dmesg: _log,
    journal: _journal,
    files,
    cards,
    links,
    services,
    networkManager,
    ...rest
  } = structuredClone(state)
  return {
    ...rest,
    // What came up first is not the same at a boot and in a roll-out.
    ...(networkManager && { networkManager: { ...networkManager, active: [...networkManager.active].sort() } }),
    files: Object.fromEntries(
      Object.entries(files).map(([path, entry]) => {
        if (entry.type === 'link') return [path, entry]
        const { mtime: _mtime, ...content } = entry
        return [path, content]
      }),
    ),
    services: mapped(services, ({ starts: _starts, ...service }) => service),
    links: mapped(links, ({ ifindex: _ifindex, counters: _counters, vport: _vport, mac, ...link }) => ({
      ...link,
      ...(['pf', 'management', 'loopback'].includes(link.kind) && { mac }),
    })),
    cards: cards.map((card) => ({
      ...card,
      firmware: Object.keys(card.firmware),
      lag: { ...card.lag, pending: undefined },
      pfs: card.pfs.map(({ counters: _counters, vfs, ...pf }) => ({
        ...pf,
        // The offset of the addresses follows the firmware, the MACs are made up by drivers.
        vfs: vfs.map(({ mac: _mac, pci: _pci, ...vf }) => vf),
      })),
    })),
  }
}

function mapped<From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> {
  return Object.fromEntries(
    Object.entries(record)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [name, change(value)]),
  )
}
