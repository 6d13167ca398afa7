/** One way of loading new firmware settings that `mstfwreset query` shows. */
export interface ResetLevel {
  readonly level: number
  /** `Driver restart and PCI reset` */
  readonly text: string
  readonly supported: boolean
}

/** Reads the reset levels of `mstfwreset -d DEVICE query` (mstflint's mstfwreset.py): `3: Driver restart and PCI reset  -Supported  (default)`. */
export function parseResetLevels(text: string): readonly ResetLevel[] {
  const levels: ResetLevel[] = []
  let inside = false
  for (const line of text.split('\n')) {
    if (/^\s*Reset-/.test(line)) inside = /^\s*Reset-levels:/.test(line)
    const match = /^\s*(\d+):\s+(.*?)\s*-\s*((?:Not )?Supported)\b/.exec(line)
    if (inside && match?.[1] !== undefined)
      levels.push({ level: Number(match[1]), text: match[2] ?? '', supported: match[3] === 'Supported' })
  }
  return levels
}
