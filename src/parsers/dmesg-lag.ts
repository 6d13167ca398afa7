/** What the mlx5 driver last said about the LAG of a card. */
export type LagLogEvent =
  /** A map was set: LAG was made, or changed when a link went. `map` is the physical port of virtual port 1 and 2, or the active ports. */
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

/**
 * The LAG messages of mlx5 in a kernel log, oldest first, for the devices given (kernel:
 * drivers/net/ethernet/mellanox/mlx5/core/lag/lag.c, with its texts since 4.9: `lag map port 1:1 port 2:2`,
 * `lag map: port 1:1 port 2:2`, `lag map active ports: 1, 2`, `modify lag map port 1:2 port 2:2`). Undoing a LAG logs
 * nothing when it goes well.
 */
export function parseLagLog(text: string, devices: readonly string[]): readonly LagLogEvent[] {
  const events: LagLogEvent[] = []
  for (const line of text.split('\n')) {
    const match = /mlx5_core ([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?: \S+)?: (.*)$/.exec(line)
    if (match?.[1] === undefined || match[2] === undefined || !devices.includes(match[1])) continue
    const event = readMessage(match[2].trim())
    if (event) events.push(event)
  }
  return events
}

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
    return { kind: 'map', text, map: ports.filter((port) => port !== ''), hash, remap: text.includes('modify lag map') }
  }
  if (/Failed to deactivate (VF|RoCE) LAG/.test(text)) return { kind: 'stuck', text }
  if (/Failed to (create LAG|activate (VF|RoCE) LAG|enable lag)|LAG is not supported with SRIOV/.test(text))
    return { kind: 'failed', text }
  if (/^firmware version:/.test(text)) return { kind: 'reset', text }
  return null
}
