import { type FileRead, file } from '../../module/read.ts'
import type { Readings } from '../../module/reading.ts'
import { keptDirectory } from './knowledge.ts'

/** Where a host keeps what it was before the roll-out: what `before` means to the modules of a teardown. */
export const beforePath = `${keptDirectory}/before.json`

/** What a roll-out found on a host before it changed anything. */
export interface Before {
  /** By PCI address. */
  readonly pfs: Readonly<Record<string, PfBefore>>
  /** The firmware tool was there. */
  readonly firmware_tool: boolean
}

/** What a roll-out found of one port. */
export interface PfBefore {
  /** Its interface; null where it had none, or the note is an older one. */
  readonly name: string | null
  readonly vfs: number
  readonly autoprobe: boolean
  /** Null where the host could not say. */
  readonly mode: string | null
  /** How flows were steered; null where the host could not say, or the note is an older one. */
  readonly steering: string | null
  readonly hw_tc_offload: boolean
}

/** What to look at for {@link beforeOf}. */
export const beforeRead: FileRead = file(beforePath)

/** What the host was before the roll-out; null when nothing was noted, or the note cannot be read. */
export function beforeOf(seen: Readings): Before | null {
  return parseBefore(seen.text(beforePath))
}

/** The text of the note. */
export const beforeText = (before: Before): string => `${JSON.stringify({ version: 1, ...before }, null, 2)}\n`

/** Reads {@link beforeText}; null for anything else. */
export function parseBefore(text: string | null): Before | null {
  const found = record(parsed(text))
  const ports = record(found?.['pfs'])
  if (!found || !ports || found['version'] !== 1) return null
  const pfs: Record<string, PfBefore> = {}
  for (const [pci, value] of Object.entries(ports)) {
    const port = record(value)
    const vfs = port?.['vfs']
    const mode = port?.['mode']
    if (!port || typeof vfs !== 'number') return null
    pfs[pci] = {
      name: typeof port['name'] === 'string' ? port['name'] : null,
      vfs,
      autoprobe: port['autoprobe'] === true,
      mode: typeof mode === 'string' ? mode : null,
      steering: typeof port['steering'] === 'string' ? port['steering'] : null,
      hw_tc_offload: port['hw_tc_offload'] === true,
    }
  }
  return { pfs, firmware_tool: found['firmware_tool'] !== false }
}

function parsed(text: string | null): unknown {
  if (text === null) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function record(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
}
