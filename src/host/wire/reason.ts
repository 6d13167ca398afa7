/**
 * The errno text of a message as coreutils, busybox and shells print it: `dd: error writing 'x': No space left on
 * device` gives `No space left on device`. A message that ends otherwise loses the program's name only.
 */
export function errnoText(stderr: string): string | null {
  const line = lastLine(stderr)
  if (line === null) return null
  const last = line.slice(line.lastIndexOf(': ') + 2)
  return line.includes(': ') && /^[A-Z]/.test(last) ? last : line.replace(/^[\w./-]+: /, '')
}

/** The last line that is not blank, without what a shell puts before a message about a program: `sh: 1: exec: `. */
export function lastLine(text: string): string | null {
  const line = text
    .split('\n')
    .map((each) => each.trim())
    .findLast((each) => each !== '')
  return line?.replace(/^\S+: (?:line )?\d+: (?:exec: )?/, '') ?? null
}

/** Whether an errno text says that there is no such path. */
export const saysAbsent = (reason: string): boolean =>
  reason === 'No such file or directory' || reason === 'Not a directory'
