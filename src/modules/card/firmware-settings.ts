import { type FirmwareParameter, type FirmwareValue, parseFirmwareValue } from '../../parsers/mstconfig.ts'
import { list } from '../../shared/text.ts'
import type { SriovState } from './pf.ts'

/** A value as the user writes it. */
export type Setting = boolean | number | string

/** A parameter with what is wanted of it. */
export interface Wanted {
  readonly name: string
  readonly parameter: FirmwareParameter
  /** Null: the firmware cannot say. */
  readonly current: FirmwareValue | null
  readonly desired: FirmwareValue
}

/** Firmware that cannot report what runs now still shows two settings on the PCI bus. */
export function currentFromPci(name: string, sriov: SriovState): FirmwareValue | null {
  if (name === 'NUM_OF_VFS') return parseFirmwareValue(String(sriov.total ?? 0))
  if (name === 'SRIOV_EN') return parseFirmwareValue(sriov.total === null ? 'False(0)' : 'True(1)')
  return null
}

/** What the user asks for, as the tool would print it: true, 1 and `True` are the same. */
export function desired(value: Setting | undefined): FirmwareValue {
  if (typeof value === 'boolean') return parseFirmwareValue(value ? 'True(1)' : 'False(0)')
  const text = String(value)
  if (/^true$/i.test(text)) return parseFirmwareValue('True(1)')
  if (/^false$/i.test(text)) return parseFirmwareValue('False(0)')
  return parseFirmwareValue(text)
}

/** Whether a value is the one asked for: by number where one was given, else by word. */
export function equal(found: FirmwareValue, wanted: FirmwareValue): boolean {
  if (wanted.number !== null) return found.number === wanted.number
  return word(found.text) === word(wanted.text)
}

// `ETH` of `ETH(2)`.
const word = (text: string): string => text.replace(/\(\w+\)$/, '').toLowerCase()

/** What `set` is given: the number where there is one. */
export const toolText = (value: FirmwareValue): string => (value.number === null ? value.text : String(value.number))

/** Whether what runs now is not what is asked for: a restart is due. */
export const isDue = (each: Wanted): boolean => each.current !== null && !equal(each.current, each.desired)

/** Another NUM_OF_VFS moves the VFs of the second port to other PCI addresses (PCI core, pci_iov_virtfn_devfn), and VMs name VFs by address. */
export const movedSentence = (vms: readonly string[]): string =>
  `NUM_OF_VFS moves VFs to other PCI addresses at the next restart, and ${list(vms.map((name) => `VM ${name}`))} ${vms.length === 1 ? 'has' : 'have'} a VF of this card by its address`

/** The next move then. */
export const movedHint = 'detach the VFs first (hostdev with state: detached), or run teardown.yaml'
