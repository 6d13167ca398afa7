/** What a PF says of one of its VFs (`ip link show dev PF`). Null: not shown. */
export interface IpVf {
  readonly index: number
  /** All zero while nobody gave it one. */
  readonly mac: string | null
  readonly vlan: number | null
  readonly spoofCheck: boolean | null
  /** `auto`, `enable`, `disable` */
  readonly linkState: string | null
  readonly trust: boolean | null
  /** Mbit/s; null when there is no limit. */
  readonly maxTxRate: number | null
}

/**
 * Reads the lines of VFs in `ip link show dev PF`, plain: `vf 0     link/ether 02:.. brd ff:.., spoof checking off,
 * link-state auto, trust off`; iproute2 before 5.0 says `vf 0 MAC 02:.., spoof checking off` (iproute2, ip/ipaddress.c,
 * print_vfinfo).
 */
export function parseIpVfs(text: string): readonly IpVf[] {
  const vfs: IpVf[] = []
  for (const line of text.replaceAll('\\', '\n').split('\n')) {
    const match = /^\s+vf (\d+)\s+(?:MAC|link\/\S+)\s+([0-9a-f:]+)(.*)$/i.exec(line)
    if (match?.[1] === undefined || match[2] === undefined) continue
    const rest = match[3] ?? ''
    vfs.push({
      index: Number(match[1]),
      mac: match[2].toLowerCase(),
      vlan: whole(/, vlan (\d+)/.exec(rest)?.[1]),
      spoofCheck: onOff(/, spoof checking (on|off)/.exec(rest)?.[1]),
      linkState: /, link-state (\w+)/.exec(rest)?.[1] ?? null,
      trust: onOff(/, trust (on|off)/.exec(rest)?.[1]),
      maxTxRate: whole(/, max_tx_rate (\d+)/.exec(rest)?.[1]),
    })
  }
  return vfs
}

const onOff = (word: string | undefined): boolean | null => (word === undefined ? null : word === 'on')

function whole(text: string | undefined): number | null {
  return text === undefined ? null : Number(text)
}
