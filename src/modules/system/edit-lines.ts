import { err, ok, type Result } from '../../shared/result.ts'

/** What a line edit asks for: the semantics of Ansible's lineinfile. */
export interface LineEdit {
  readonly state: 'present' | 'absent'
  readonly regexp?: string
  readonly line?: string
  /** EOF, BOF or a pattern. */
  readonly insertafter?: string
  readonly insertbefore?: string
  readonly backrefs: boolean
  readonly firstmatch: boolean
}

/** The text afterwards, and how many lines went. */
export interface Edited {
  readonly text: string
  readonly removed: number
}

/** Applies an edit to a text; an error when a pattern is none. */
export function editLines(text: string, edit: LineEdit): Result<Edited, string> {
  const patterns = compileAll(edit)
  if (!patterns.ok) return patterns
  const lines = splitKeepingEnds(text)
  return ok(edit.state === 'absent' ? withoutLines(lines, edit, patterns.value) : withLine(lines, edit, patterns.value))
}

interface Patterns {
  readonly match: RegExp | null
  readonly insert: RegExp | null
}

/** `absent` takes every line that matches; without a pattern, every line that is equal. */
function withoutLines(lines: readonly string[], edit: LineEdit, { match }: Patterns): Edited {
  const kept = lines.filter((line) => (match ? !match.test(body(line)) : body(line) !== edit.line))
  return { text: kept.join(''), removed: lines.length - kept.length }
}

/** `present`: the last line that matches is replaced; else an equal line is enough; else the line is put in. */
function withLine(lines: readonly string[], edit: LineEdit, { match, insert }: Patterns): Edited {
  const wanted = edit.line ?? ''
  const found = match === null ? -1 : find(lines, (line) => match.test(body(line)), edit.firstmatch)
  if (found !== -1 && match !== null) {
    const line = body(lines[found] ?? '')
    const next = edit.backrefs ? expand(wanted, match.exec(line)) : wanted
    return line === next ? unedited(lines) : replaced(lines, found, next)
  }
  if (edit.backrefs || lines.some((line) => body(line) === wanted)) return unedited(lines)
  return inserted(lines, placeFor(lines, edit, insert), wanted)
}

function placeFor(lines: readonly string[], edit: LineEdit, insert: RegExp | null): number {
  if (edit.insertbefore === 'BOF' || edit.insertafter === 'BOF') return 0
  if (insert === null) return lines.length
  const anchor = find(lines, (line) => insert.test(body(line)), edit.firstmatch)
  if (anchor === -1) return lines.length
  return edit.insertbefore === undefined ? anchor + 1 : anchor
}

function find(lines: readonly string[], test: (line: string) => boolean, first: boolean): number {
  return first ? lines.findIndex(test) : lines.findLastIndex(test)
}

function replaced(lines: readonly string[], at: number, line: string): Edited {
  return { text: lines.with(at, `${line}\n`).join(''), removed: 0 }
}

/** A last line without its newline gets one before anything follows it. */
function inserted(lines: readonly string[], at: number, line: string): Edited {
  const before = lines.slice(0, at).join('')
  const gap = before === '' || before.endsWith('\n') ? '' : '\n'
  return { text: `${before}${gap}${line}\n${lines.slice(at).join('')}`, removed: 0 }
}

function unedited(lines: readonly string[]): Edited {
  return { text: lines.join(''), removed: 0 }
}

/** `\1` and `\g<name>` in the line stand for what the pattern's groups matched. */
function expand(line: string, match: RegExpExecArray | null): string {
  return line.replaceAll(/\\(?:(\d)|g<(\w+)>|(\\))/g, (_, digit?: string, name?: string, slash?: string) => {
    if (slash !== undefined) return '\\'
    const group = digit ?? name ?? '0'
    return (/^\d+$/.test(group) ? match?.[Number(group)] : match?.groups?.[group]) ?? ''
  })
}

function compileAll(edit: LineEdit): Result<Patterns, string> {
  const anchor = edit.insertbefore ?? edit.insertafter
  const match = edit.regexp === undefined ? ok(null) : compile('regexp', edit.regexp)
  if (!match.ok) return match
  const name = edit.insertbefore === undefined ? 'insertafter' : 'insertbefore'
  const insert = anchor === undefined || anchor === 'EOF' || anchor === 'BOF' ? ok(null) : compile(name, anchor)
  return insert.ok ? ok({ match: match.value, insert: insert.value }) : insert
}

/** JavaScript patterns; Python's `(?P<name>` and a leading `(?i)` are understood, since playbooks have them. */
function compile(arg: string, source: string): Result<RegExp, string> {
  const flags = /^\(\?([ims]+)\)/.exec(source)
  const rest = source.slice(flags?.[0].length ?? 0).replaceAll('(?P<', '(?<')
  try {
    return ok(new RegExp(rest, flags?.[1]?.replaceAll('m', '') ?? ''))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^.*: /, '').toLowerCase() : String(cause)
    return err(`${arg} is "${source}", but must be a regular expression: ${reason}`)
  }
}

function splitKeepingEnds(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/)
}

/** A line without its end. */
function body(line: string): string {
  return line.replace(/\r?\n$/, '')
}
