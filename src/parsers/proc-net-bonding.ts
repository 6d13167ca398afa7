/** A bond as /proc/net/bonding/<name> tells it (kernel: drivers/net/bonding/bond_procfs.c). */
export interface BondReport {
  /** As sysfs and ip(8) call it: `802.3ad`; the kernel's text where it is none of the seven. */
  readonly mode: string
  /** `layer3+4`; null where the mode has none. */
  readonly hashPolicy: string | null
  readonly miiStatus: string | null
  readonly activeSlave: string | null
  /** `fast` or `slow`; null outside 802.3ad. */
  readonly lacpRate: string | null
  /** The aggregator in use; null outside 802.3ad, when there is none, and for readers who are not root. */
  readonly aggregator: { readonly id: number; readonly ports: number | null; readonly partnerMac: string | null } | null
  readonly slaves: readonly BondSlave[]
}

/** A member of a bond. Fields of 802.3ad are null in other modes and for readers who are not root. */
export interface BondSlave {
  readonly name: string
  /** `up`, `down`, `going down`, `going back`. */
  readonly miiStatus: string
  readonly failures: number | null
  readonly aggregator: number | null
  readonly actorChurn: string | null
  readonly partnerChurn: string | null
  /** Port state bits of IEEE 802.1AX: 1 activity, 2 short timeout, 4 aggregation, 8 sync, 16 collecting, 32 distributing, 64 defaulted, 128 expired. */
  readonly actorState: number | null
  readonly partnerState: number | null
  readonly partnerMac: string | null
}

/** Reads /proc/net/bonding/<name> of any kernel since 2.6; null when the text is none. */
export function parseBondReport(text: string): BondReport | null {
  const [head = '', ...parts] = text.split(/^Slave Interface: /m)
  const mode = field(head, 'Bonding Mode')
  if (mode === null) return null
  const aggregator = whole(field(head, 'Aggregator ID'))
  return {
    mode: modeName(mode),
    hashPolicy: field(head, 'Transmit Hash Policy')?.split(' ')[0] ?? null,
    miiStatus: field(head, 'MII Status'),
    activeSlave: none(field(head, 'Currently Active Slave')),
    lacpRate: field(head, 'LACP rate'),
    aggregator:
      aggregator === null
        ? null
        : {
            id: aggregator,
            ports: whole(field(head, 'Number of ports')),
            partnerMac: field(head, 'Partner Mac Address'),
          },
    slaves: parts.map(readSlave),
  }
}

function readSlave(text: string): BondSlave {
  const at = text.search(/^details partner lacp pdu:/m)
  const own = at < 0 ? text : text.slice(0, at)
  const partner = at < 0 ? '' : text.slice(at)
  return {
    name: text.split('\n', 1)[0]?.trim() ?? '',
    miiStatus: field(own, 'MII Status') ?? 'unknown',
    failures: whole(field(own, 'Link Failure Count')),
    aggregator: whole(field(own, 'Aggregator ID')),
    actorChurn: field(own, 'Actor Churn State'),
    partnerChurn: field(own, 'Partner Churn State'),
    actorState: whole(field(own, 'port state')),
    partnerState: whole(field(partner, 'port state')),
    partnerMac: field(partner, 'system mac address'),
  }
}

const modes: readonly (readonly [start: string, name: string])[] = [
  ['load balancing (round-robin)', 'balance-rr'],
  ['fault-tolerance (active-backup)', 'active-backup'],
  ['load balancing (xor)', 'balance-xor'],
  ['fault-tolerance (broadcast)', 'broadcast'],
  ['IEEE 802.3ad Dynamic link aggregation', '802.3ad'],
  ['transmit load balancing', 'balance-tlb'],
  ['adaptive load balancing', 'balance-alb'],
]

// active-backup may go on with " (fail_over_mac active)".
function modeName(text: string): string {
  return modes.find(([start]) => text.startsWith(start))?.[1] ?? text
}

function field(text: string, name: string): string | null {
  for (const line of text.split('\n')) {
    const trimmed = line.trim()
    if (trimmed.startsWith(`${name}: `)) return trimmed.slice(name.length + 2).trim()
  }
  return null
}

function whole(text: string | null): number | null {
  return text !== null && /^\d+$/.test(text) ? Number(text) : null
}

function none(text: string | null): string | null {
  return text === 'None' || text === '' ? null : text
}
