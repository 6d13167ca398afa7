import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LocalLink } from '../../../src/host/local.ts'
import { ShellHost } from '../../../src/host/shell.ts'
import { encodeFrame, FrameParser } from '../../../src/host/wire.ts'
import type { Frame, FrameResult } from '../../../src/module/frame.ts'
import { links } from '../../../src/module/read.ts'
import { detach, run, write } from '../../../src/module/step.ts'

const nonce = '0123456789abcdef0123456789abcdef'
const shells = [['dash'], ['bash', '--posix'], ['busybox', 'ash']].filter(
  ([program = '', ...args]) => spawnSync(program, [...args, '-c', ':']).status === 0,
)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vflag-prelude-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Sends text to a shell, then ends its input; gives what it wrote. */
function feed([program = '', ...args]: readonly string[], text: string): Promise<readonly [Buffer, Buffer]> {
  return new Promise((resolve) => {
    const child = spawn(program, args)
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (bytes: Buffer) => stdout.push(bytes))
    child.stderr.on('data', (bytes: Buffer) => stderr.push(bytes))
    child.on('close', () => resolve([Buffer.concat(stdout), Buffer.concat(stderr)]))
    child.stdin.end(text)
  })
}

async function performed(shell: readonly string[], frame: Frame, text: string): Promise<FrameResult | null> {
  const parser = new FrameParser(frame, nonce)
  const [stdout, stderr] = await feed(shell, text)
  parser.pushStdout(stdout)
  parser.pushStderr(stderr)
  return parser.result?.ok ? parser.result.value : null
}

/** What a small or hardened system lacks: the frame as it would run there. */
const lacking = [
  ['command -v timeout', 'command -v no-such-program'],
  ['command -v setsid', 'command -v no-such-program'],
  ['find "$@"', 'no-such-program "$@"'],
  ['cp --attributes-only', 'no-such-program'],
  ['for _d in /dev/shm /run "${TMPDIR:-/tmp}" /tmp .', 'for _d in /nonexistent'],
] as const

describe.each(shells.map((shell) => [shell.join(' '), shell] as const))('a frame in %s', (_name, shell) => {
  it('does the same without timeout, setsid, GNU find, GNU cp and a place for temporary files', async () => {
    const file = path.join(folder, 'file')
    writeFileSync(file, 'old')
    chmodSync(file, 0o4711)
    symlinkSync('x y', path.join(folder, 'link'))
    const frame: Frame = {
      before: [links(`${folder}/*`)],
      steps: [
        write(file, 'new'),
        run(['cat'], { timeout: 5, stdin: 'in' }),
        run(['sh', '-c', 'exit 7'], { timeout: 5, ok: [7] }),
        detach(['sh', '-c', `echo x >'${folder}/detached'`]),
        run(['sleep', '9'], { timeout: 0.2 }),
      ],
      after: [],
    }
    const whole = encodeFrame(frame, nonce)
    const text = lacking.reduce((before, [from, to]) => {
      expect(before).toContain(from)
      return before.replaceAll(from, to)
    }, whole)
    const done = { state: 'done', status: 0, stdout: '', stderr: '' }
    expect(await performed(shell, frame, text)).toEqual({
      before: [{ kind: 'links', targets: new Map([[`${folder}/link`, 'x y']]) }],
      steps: [
        done,
        { ...done, stdout: 'in' },
        { ...done, status: 7 },
        done,
        { state: 'failed', reason: 'timed out after 0.2 s', status: 143, stdout: '', stderr: expect.any(String) },
      ],
      after: [],
    })
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o7777]).toEqual(['new', 0o4711])
    await expect.poll(() => existsSync(`${folder}/detached`)).toBe(true)
  })

  it('of which not all has arrived does nothing', async () => {
    const file = path.join(folder, 'file')
    const frame: Frame = { before: [], steps: [write(file, 'x'), run(['true'])], after: [] }
    const text = encodeFrame(frame, nonce)
    const ends = [text.indexOf('_begin\n') + 7, text.lastIndexOf('_end\n') + 5, text.length - 60]
    for (const end of ends) await feed(shell, text.slice(0, end))
    expect(existsSync(file)).toBe(false)
    await feed(shell, text)
    expect(existsSync(file)).toBe(true)
  })

  it('answers before the host restarts, and passes the message on', async () => {
    const log = path.join(folder, 'log')
    writeFileSync(path.join(folder, 'shutdown'), `#!/bin/sh\nprintf '%s|' "$@" >'${log}'\n`)
    chmodSync(path.join(folder, 'shutdown'), 0o755)
    const [program = '', ...args] = shell
    const host = new ShellHost(
      'here',
      new LocalLink({
        env: { PATH: `${folder}:/usr/bin:/bin` },
        shell: ['/bin/sh', '-c', `exec ${[program, ...args].join(' ')}`, 'sh'],
      }),
    )
    const answer = await host.exchange({ before: [], steps: [{ kind: 'reboot', message: "it's time" }], after: [] })
    expect(answer).toMatchObject({ kind: 'done', result: { steps: [{ state: 'done' }] } })
    expect(existsSync(log)).toBe(false)
    await host.disconnect()
    await expect.poll(() => existsSync(log) && readFileSync(log, 'utf8'), { timeout: 5000 }).toBe("-r|now|it's time|")
  })
})
