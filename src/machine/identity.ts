import { createHash } from 'node:crypto'

/** A UUID that is always the same for the same words: what a host makes up once, a model has to make up equally each time. */
export function stableUuid(...words: readonly string[]): string {
  const hex = digest(words)
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A locally administered unicast MAC address that is always the same for the same words. */
export function stableMac(...words: readonly string[]): string {
  const hex = digest(words)
  const first = ((Number.parseInt(hex.slice(0, 2), 16) & 0xfc) | 0x02).toString(16).padStart(2, '0')
  return [first, hex.slice(2, 4), hex.slice(4, 6), hex.slice(6, 8), hex.slice(8, 10), hex.slice(10, 12)].join(':')
}

/** A whole number from 0 to `below` - 1 that is always the same for the same words, and evenly spread. */
export function stableNumber(below: number, ...words: readonly string[]): number {
  return Number.parseInt(digest(words).slice(0, 8), 16) % below
}

function digest(words: readonly string[]): string {
  return createHash('sha1').update(words.join('\u0000')).digest('hex')
}
