import { createHash } from 'node:crypto'

/** What a task says instead of a MAC address to get {@link vfMac}. */
export const derivedMac = 'derived'

/**
 * The MAC address of a VF to which nobody gave one: always the same for one host, PF and index, locally administered
 * and unicast (IEEE 802-2014, 8.2.2). `host` is the name in the inventory, which no two hosts of a fleet share, where
 * host names may; 46 bits of SHA-256 make two of 100,000 VFs meet in one fleet out of ten thousand.
 */
export function vfMac(host: string, pf: string, index: number): string {
  const hex = createHash('sha256')
    .update(['vflag-play VF', host, pf, String(index)].join('\0'))
    .digest('hex')
  const first = ((Number.parseInt(hex.slice(0, 2), 16) & 0xfc) | 0x02).toString(16).padStart(2, '0')
  return [first, ...[2, 4, 6, 8, 10].map((at) => hex.slice(at, at + 2))].join(':')
}
