import type { Screen } from '../report/reporter.ts'
import { Secret } from '../shared/secret.ts'

/** Standard output as reporters see it. `--no-color` and NO_COLOR (no-color.org) are respected. */
export function standardScreen(color: boolean): Screen {
  const { stdout } = process
  const terminal = stdout.isTTY === true
  return {
    write: (text) => {
      stdout.write(text)
    },
    get columns() {
      return terminal ? stdout.columns : null
    },
    get rows() {
      return terminal ? stdout.rows : null
    },
    color: color && (process.env['NO_COLOR'] ?? '') === '' && (terminal || (process.env['FORCE_COLOR'] ?? '') !== ''),
  }
}

/** Resolves when everything written to standard output has left the process. */
export async function flushOutput(): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()))
}

/** Asks for a password on the terminal without showing it; null when there is no terminal, 'interrupted' after Ctrl-C. */
export async function askPassword(prompt: string): Promise<Secret | 'interrupted' | null> {
  const { stdin, stderr } = process
  if (!stdin.isTTY) return null
  stderr.write(prompt)
  stdin.setRawMode(true)
  stdin.resume()
  try {
    return await new Promise<Secret | 'interrupted'>((resolve) => {
      let typed = ''
      stdin.on('data', function listen(chunk: Buffer) {
        for (const char of chunk.toString('utf8')) {
          const code = char.charCodeAt(0)
          if (code === 13 || code === 10 || code === 4 || code === 3) {
            stdin.off('data', listen)
            resolve(code === 3 ? 'interrupted' : new Secret(typed))
            return
          }
          typed = code === 127 || code === 8 ? typed.slice(0, -1) : typed + char
        }
      })
    })
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}
