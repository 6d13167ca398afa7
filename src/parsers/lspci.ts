import { type PciAddress, parsePciAddress } from '../shared/brand.ts'

/** One device of `lspci`. Names are the host's pci.ids; match ids, not names. */
export interface LspciDevice {
  readonly pci: PciAddress
  /** `Ethernet controller`, null with `-n`. */
  readonly className: string | null
  /** `0200`, with `-n` or `-nn`. */
  readonly classId: string | null
  readonly name: string | null
  /** `15b3`, with `-n` or `-nn`. */
  readonly vendor: string | null
  readonly device: string | null
}

/** Reads `lspci [-D] [-n|-nn]`. Without `-D` the domain is left out and taken as 0000. Other lines are passed over. */
export function parseLspci(text: string): readonly LspciDevice[] {
  const devices: LspciDevice[] = []
  for (const line of text.split('\n')) {
    const at = line.indexOf(' ')
    const pci = at > 0 ? parsePciAddress(line.slice(0, at)) : null
    if (pci) devices.push({ pci, ...readDescription(line.slice(at + 1)) })
  }
  return devices
}

/** Reads the records of `lspci -vmm`: one map of `Slot`, `Class`, `Vendor`, `Device` ... each. */
export function parseLspciRecords(text: string): readonly ReadonlyMap<string, string>[] {
  const records: ReadonlyMap<string, string>[] = []
  for (const block of text.split(/\n[ \t]*\n/)) {
    const record = new Map<string, string>()
    for (const line of block.split('\n')) {
      const match = /^([A-Za-z]+):\t(.*)$/.exec(line)
      if (match?.[1] !== undefined && match[2] !== undefined) record.set(match[1], match[2])
    }
    if (record.size > 0) records.push(record)
  }
  return records
}

function readDescription(text: string): Omit<LspciDevice, 'pci'> {
  const numeric = /^([0-9a-f]{4}): ([0-9a-f]{4}):([0-9a-f]{4})/.exec(text)
  if (numeric)
    return {
      className: null,
      classId: numeric[1] ?? null,
      name: null,
      vendor: numeric[2] ?? null,
      device: numeric[3] ?? null,
    }
  const match =
    /^(.*?)(?: \[([0-9a-f]{4})\])?: (.*?)(?: \[([0-9a-f]{4}):([0-9a-f]{4})\])?(?: \(rev [0-9a-f]+\))?$/.exec(text)
  return {
    className: match?.[1] ?? null,
    classId: match?.[2] ?? null,
    name: match?.[3] ?? null,
    vendor: match?.[4] ?? null,
    device: match?.[5] ?? null,
  }
}
