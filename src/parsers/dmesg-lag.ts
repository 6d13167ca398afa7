/** What the mlx5 driver last said about the LAG of a card. */
export type LagLogEvent =
  /** A map was set: LAG was made, or (`remap`) changed when a link went or came. `map` is the physical port of virtual port 1 and 2, or the active ports. */
  | {
      readonly kind: 'map'
      readonly text: string
      readonly map: readonly string[]
      readonly hash: boolean
      readonly remap: boolean
    }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'stuck'; readonly text: string }
  /** The driver was loaded anew. */
  | { readonly kind: 'reset'; readonly text: string }
  /** A port joined or left a bond, or an e-switch entered switchdev mode: what was said of LAG before is over, and a LAG that went says nothing. */
  | { readonly kind: 'mark'; readonly text: string }
  /** A driver took a VF. */
  | { readonly kind: 'bound'; readonly text: string; readonly vf: string }

/** What besides the PFs a log is searched for. */
export interface LogSubjects {
  /** The bond whose members are followed. */
  readonly bond?: string
  /** PCI addresses of VFs. */
  readonly vfs?: readonly string[]
}

/**
 * The LAG messages of mlx5 in a kernel log, oldest first, for the devices given (kernel:
 * drivers/net/ethernet/mellanox/mlx5/core/lag/lag.c, with its texts since 4.9: `lag map port 1:1 port 2:2`,
 * `lag map: port 1:1 port 2:2`, `lag map active ports: 1, 2`, `modify lag map port 1:2 port 2:2`). Undoing a LAG logs
 * nothing when it goes well. Bonding's lines: drivers/net/bonding/bond_main.c, `bond0: (slave ens2f0): Enslaving as ..`,
 * before 5.3 `bond0: Enslaving ens2f0 as ..`.
 */
export function parseLagLog(
  text: string,
  devices: readonly string[],
  { bond, vfs = [] }: LogSubjects = {},
): readonly LagLogEvent[] {
  const events: LagLogEvent[] = []
  for (const line of text.split('\n')) {
    const taken = /(?:mlx5_core|vfio-pci) ([0-9a-f:.]+): (enabling device|firmware version:)/.exec(line)?.[1]
    if (taken !== undefined && vfs.includes(taken)) {
      events.push({ kind: 'bound', text: message(line), vf: taken })
      continue
    }
    const member = /(?:^|[\]\s])(\S+): (?:\(slave \S+\): )?(?:Enslaving|Releasing)\b/.exec(line)?.[1]
    if (member !== undefined) {
      if (member === bond) events.push({ kind: 'mark', text: message(line) })
      continue
    }
    const match = /mlx5_core ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?: \S+)?: (.*)$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined || !devices.includes(match[1])) continue
    const said = match[2].trim()
    // Since 5.16 a LAG that is made says more in the line after its map; one whose map changes does not.
    const last = events.at(-1)
    if (said.startsWith('shared_fdb:') && last?.kind === 'map') events[events.length - 1] = { ...last, remap: false }
    const event = readMessage(said)
    if (event) events.push(event)
  }
  return events
}

const message = (line: string): string => line.replace(/^(?:<\d+>)?\[\s*[\d.]+\]\s*/, '')

/** Whether the log still begins where the kernel began: the ring buffer has lost nothing. */
export function logIsWhole(text: string): boolean {
  const first = /^(?:<\d+>)?\[\s*(\d+)\.\d+\]/m.exec(text)
  return first?.[1] !== undefined && Number(first[1]) < 5
}

function readMessage(text: string): LagLogEvent | null {
  const map = /\blag map(?::| active ports:)?\s*(.*)$/.exec(text)
  if (map) {
    const hash = text.includes('active ports')
    const ports = hash
      ? (map[1] ?? '').split(',').map((port) => port.trim())
      : [...(map[1] ?? '').matchAll(/port \d+:(\d+)/g)].map((port) => port[1] ?? '')
    return {
      kind: 'map',
      text,
      map: ports.filter((port) => port !== ''),
      hash,
      remap: /modify lag map|lag map(?::| active ports:)/.test(text),
    }
  }
  if (/^E-Switch: (?:Enable: mode\(OFFLOADS\)|E-Switch enable SRIOV: .*mode \(2\))/.test(text))
    return { kind: 'mark', text }
  if (/Failed to deactivate (VF|RoCE) LAG/.test(text)) return { kind: 'stuck', text }
  if (/Failed to (create LAG|activate (VF|RoCE) LAG|enable lag)|LAG is not supported with SRIOV/.test(text))
    return { kind: 'failed', text }
  if (/^firmware version:/.test(text)) return { kind: 'reset', text }
  return null
}
