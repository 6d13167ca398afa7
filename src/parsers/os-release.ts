/**
 * The variables of /etc/os-release (os-release(5)): `NAME=value` lines of shell assignments. Lines that are none are
 * passed over.
 */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  return parseAssignments(text)
}

/**
 * `NAME=value` lines as a shell would read them, without expansions: comments and empty lines are passed over, quotes
 * are taken off, the last of several equal names wins.
 */
export function parseAssignments(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) values.set(match[1], unquote(match[2].trim()))
  }
  return values
}

function unquote(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text)
  if (quoted?.[1] !== undefined) return quoted[1].replaceAll(/\\(["$`\\])/g, '$1')
  const single = /^'([^']*)'/.exec(text)
  if (single?.[1] !== undefined) return single[1]
  // An unquoted value ends at the first blank; what follows is a comment or a command that the file should not hold.
  return /^\S*/.exec(text)?.[0] ?? ''
}
