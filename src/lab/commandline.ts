/** Who performs what a client asks for, after `sudo` and `su` in front of it were looked at. */
export interface CommandLine {
  /** The changes of user in front of the command, outermost first. */
  readonly becomes: readonly BecomeRequest[]
  /** A shell that reads its script from stdin, with what is printed before, or the text of a command. */
  readonly run:
    | { readonly kind: 'stdin shell'; readonly greeting: string }
    | { readonly kind: 'text'; readonly text: string }
}

/** One `sudo` or `su`. */
export interface BecomeRequest {
  readonly method: 'sudo' | 'su'
  readonly user: string
  /** `-n`: fail rather than ask. */
  readonly mayAsk: boolean
  /** `-S`: the password comes on stdin. */
  readonly fromStdin: boolean
  /** `-p`; sudo's own when null. */
  readonly prompt: string | null
}

/**
 * Reads the command of an `exec` request: what `sudo` it starts with, and whether it is a shell that reads from stdin,
 * as the transport of a playbook run starts one. Everything else is text for the shell.
 */
export function parseCommandLine(text: string): CommandLine {
  const asText: CommandLine = { becomes: [], run: { kind: 'text', text } }
  const greeting = /^echo ([\w.-]+); (.+)$/s.exec(text)
  if (greeting) return withGreeting(`${greeting[1]}\n`, parseCommandLine(greeting[2] ?? '')) ?? asText
  const words = splitWords(text)
  if (!words) return asText
  // `exec`, `env A=b` and assignments change nothing about who performs it.
  const plain = withoutPrefix(words)
  const become = takeBecome(plain)
  if (become) {
    const inner = parseCommandLine(become.text ?? become.rest.map(quoted).join(' '))
    return { becomes: [become.request, ...inner.becomes], run: inner.run }
  }
  if (isStdinShell(plain)) return { becomes: [], run: { kind: 'stdin shell', greeting: '' } }
  const [program = '', option, inner = '', ...more] = plain
  if (!shells.test(program) || option !== '-c' || more.length > 0) return asText
  return withGreeting('', parseCommandLine(inner)) ?? asText
}

/** A shell on stdin that says something first; null for everything else. */
function withGreeting(greeting: string, line: CommandLine): CommandLine | null {
  if (line.run.kind !== 'stdin shell' || line.becomes.length > 0) return null
  return { becomes: [], run: { kind: 'stdin shell', greeting: greeting + line.run.greeting } }
}

const shells = /^(?:(?:\/usr)?\/bin\/)?(?:sh|bash|dash)$/

function withoutPrefix(words: readonly string[]): readonly string[] {
  let at = 0
  while (at < words.length && (/^(exec|env|command)$/.test(words[at] ?? '') || /^[A-Za-z_]\w*=/.test(words[at] ?? '')))
    at++
  return words.slice(at)
}

function isStdinShell(words: readonly string[]): boolean {
  const [program = '', ...options] = words
  return shells.test(program) && options.every((option) => /^-[sl]?$/.test(option))
}

/** `sudo -n -u root -- rest` and `su root -c text`; null when the words start with neither. */
function takeBecome(
  words: readonly string[],
): { readonly request: BecomeRequest; readonly rest: readonly string[]; readonly text: string | null } | null {
  const method = /^(?:\/usr)?(?:\/bin\/)?(sudo|su)$/.exec(words[0] ?? '')?.[1]
  if (method === 'sudo') return takeSudo(words.slice(1))
  if (method === 'su') return takeSu(words.slice(1))
  return null
}

function takeSudo(words: readonly string[]): ReturnType<typeof takeBecome> {
  const rest = [...words]
  let user = 'root'
  let prompt: string | null = null
  let flags = ''
  while (rest[0]?.startsWith('-')) {
    const option = rest.shift() ?? ''
    if (option === '--') break
    const valued = /^-([A-Za-z]*?)([ugphC])(.*)$/.exec(option)
    if (!valued) {
      flags += option
      continue
    }
    const [, before = '', letter = '', attached = ''] = valued
    flags += before
    const value = attached === '' ? (rest.shift() ?? '') : attached
    if (letter === 'u') user = value
    if (letter === 'p') prompt = value
  }
  const request = {
    method: 'sudo',
    user,
    mayAsk: !flags.includes('n'),
    fromStdin: flags.includes('S'),
    prompt,
  } as const
  return { request, rest, text: null }
}

function takeSu(words: readonly string[]): ReturnType<typeof takeBecome> {
  let user = 'root'
  let text: string | null = null
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ''
    if (word === '-c') text = words[++at] ?? ''
    else if (word === '-s') at++
    else if (!word.startsWith('-')) user = word
  }
  const request = { method: 'su', user, mayAsk: true, fromStdin: true, prompt: null } as const
  return { request, rest: ['sh'], text }
}

/** The words of a simple command in POSIX quoting; null when it has anything a shell must interpret. */
function splitWords(text: string): readonly string[] | null {
  const words: string[] = []
  const pattern = /\s*((?:'[^']*'|"(?:[^"\\$`]|\\.)*"|\\.|[^\s'"\\$`|&;<>()*?[\]#~!{}])+)(?=\s|$)/gy
  let end = 0
  for (const match of text.matchAll(pattern)) {
    end = match.index + match[0].length
    words.push(unquoted(match[1] ?? ''))
  }
  return text.slice(end).trim() === '' ? words : null
}

function unquoted(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)/gs,
    (_all, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  )
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
