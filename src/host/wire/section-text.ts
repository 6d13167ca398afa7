import { outputLimit, type Section } from './marks.ts'

/** What a program printed to one stream, as text of at most 8 MiB, and a line that says so when there was more. */
export function sectionText(
  sections: readonly Section[],
  stream: 'stdout' | 'stderr',
): { readonly text: string; readonly cut: string } {
  const section = sections.at(-1)
  if (!section) return { text: '', cut: '' }
  const whole = section.bytes.length <= outputLimit
  const text = Buffer.from(section.bytes.subarray(0, outputLimit)).toString('utf8')
  return { text, cut: whole ? '' : `[vflag-play: ${stream} was cut after ${outputLimit} bytes]\n` }
}
