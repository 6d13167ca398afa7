declare const brand: unique symbol

/** A string that came through a parser; `Name` says which. */
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** A PCI address with its domain, lower case: `0000:61:00.0`. */
export type PciAddress = Branded<'PciAddress'>

/** A MAC address, lower case with colons: `6a:66:2d:48:92:c3`. */
export type MacAddress = Branded<'MacAddress'>

/** Reads `61:00.0` or `0000:61:00.0` (any case); null when the text is no PCI address. Slot is 00..1f, function 0..7. */
export function parsePciAddress(text: string): PciAddress | null {
  const match = /^(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\.([0-7])$/i.exec(text)
  if (!match) return null
  return `${match[1] ?? '0000'}:${match[2]}:${match[3]}.${match[4]}`.toLowerCase() as PciAddress
}

/** Reads a MAC address written with colons or dashes; null when the text is none. */
export function parseMacAddress(text: string): MacAddress | null {
  if (!/^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2}){4}$/i.test(text)) return null
  return text.toLowerCase().replaceAll('-', ':') as MacAddress
}
