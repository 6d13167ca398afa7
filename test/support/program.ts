import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/vflag-play.js', import.meta.url))

/** How the program ended, and what it printed. */
export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The text without what differs from run to run: ports, fingerprints, times. */
export function tidy(text: string): string {
  return text
    .replaceAll(/\bport \d+/g, 'port PORT')
    .replaceAll(/-p \d+/g, '-p PORT')
    .replaceAll(/SHA256:[\w+/]+/g, 'SHA256:KEY')
    .replaceAll(/ in \d+\.\d s/g, ' in TIME')
    .replaceAll(/ +$/gm, '')
}

/** Where a stack was printed: nobody is to see one. */
export const stackLine = /^\s+at .*(?:\.[jt]s:\d+|node:)/m

/** A working directory of its own for the program, with some files. */
export class Workshop {
  readonly directory: string

  constructor(files: Readonly<Record<string, string>> = {}) {
    this.directory = mkdtempSync(path.join(os.tmpdir(), 'vflag-play-'))
    for (const [name, text] of Object.entries(files)) this.write(name, text)
  }

  write(name: string, text: string): void {
    const file = path.join(this.directory, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  /** Runs the program there, without a terminal, and waits for its end. */
  run(
    args: readonly string[],
    options: {
      readonly env?: Readonly<Record<string, string>>
      readonly onOutput?: (text: string, interrupt: () => void) => void
    } = {},
  ): Promise<Ended> {
    return new Promise((resolve) => {
      const env = { ...process.env, NO_COLOR: '1', VFLAG_INVENTORY: '', ...options.env }
      const child = spawn(process.execPath, [bin, ...args], {
        cwd: this.directory,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text
        options.onOutput?.(stdout, () => child.kill('SIGINT'))
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text
      })
      child.on('close', (status) => resolve({ status, stdout, stderr }))
    })
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}
