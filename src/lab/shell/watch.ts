/** Runs the command once and gives what it printed. */
type Once = () => Promise<string>

/** The person who watches. */
interface Watcher {
  show(text: string): void
  readonly signal: AbortSignal
  /** The host's clock, in seconds since 1970. */
  now(): number
}

/** What watch(1) was called with: `-n SECONDS`, `-d` to mark what changed, `-t` without the heading. */
export interface WatchOptions {
  readonly seconds: number
  readonly differences: boolean
  readonly title: boolean
  readonly command: string
}

/** Reads watch's arguments; null when there is no command or an unknown option. */
export function watchOptions(args: readonly string[]): WatchOptions | null {
  const rest = [...args]
  let [seconds, differences, title] = [2, false, true]
  while (rest[0]?.startsWith('-')) {
    const option = rest.shift() ?? ''
    const interval = /^(?:-n|--interval=?)(.*)$/.exec(option)
    if (interval) seconds = Number(interval[1] || rest.shift())
    else if (/^(-d|--differences)$/.test(option)) differences = true
    else if (/^(-t|--no-title)$/.test(option)) title = false
    else return null
  }
  if (rest.length === 0 || !(seconds > 0)) return null
  return { seconds: Math.max(seconds, 0.1), differences, title, command: rest.join(' ') }
}

/** Shows the command's output again and again on a screen of its own, in real seconds, until the person has enough of it. */
export async function watch(options: WatchOptions, once: Once, { show, signal, now }: Watcher): Promise<void> {
  let before: string | null = null
  show('\u001b[?1049h')
  signal.addEventListener('abort', () => show('\u001b[?1049l'), { once: true })
  while (!signal.aborted) {
    const output = await once()
    if (signal.aborted) return
    const marked = options.differences && before !== null ? marking(output, before) : output
    show(`\u001b[H\u001b[2J${options.title ? heading(options, now()) : ''}${marked}`)
    before = output
    await new Promise<void>((wake) => {
      const timer = setTimeout(wake, options.seconds * 1000)
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer)
          wake()
        },
        { once: true },
      )
    })
  }
}

/** `Every 1.0s: date` with the time at the right end of 80 columns. */
function heading({ seconds, command }: WatchOptions, at: number): string {
  const now = new Date(at * 1000).toUTCString()
  const time = `${now.slice(0, 3)} ${now.slice(8, 11)} ${now.slice(5, 7)} ${now.slice(17, 25)} ${now.slice(12, 16)}`
  const left = `Every ${seconds.toFixed(1)}s: ${command}`
  const room = 79 - time.length
  return `${left.length > room ? `${left.slice(0, room - 3)}...` : left.padEnd(room)} ${time}\n\n`
}

/** Characters that are not those of before, in reverse video. */
function marking(output: string, before: string): string {
  const old = before.split('\n')
  return output
    .split('\n')
    .map((line, row) =>
      [...line].map((char, at) => (char === old[row]?.[at] ? char : `\u001b[7m${char}\u001b[27m`)).join(''),
    )
    .join('\n')
}
