import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { LocalLink, type LocalOptions } from '../../src/host/local.ts'
import { ShellHost } from '../../src/host/shell.ts'
import { look } from '../../src/module/frame.ts'
import { command } from '../../src/module/read.ts'
import { type HostUnderTest, hostContract } from '../support/host-contract.ts'

/** A local host whose frames go to this shell. */
const local = (options: LocalOptions) => async (): Promise<HostUnderTest> => {
  const root = mkdtempSync(path.join(tmpdir(), 'vflag-host-'))
  const host = new ShellHost('local', new LocalLink(options))
  return {
    host,
    root,
    close: async () => {
      await host.disconnect()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

const user = userInfo()
const runs = (argv: readonly string[]): boolean => spawnSync(argv[0] ?? '', [...argv.slice(1), '-c', ':']).status === 0

const shells: readonly (readonly [string, ...string[]])[] = [['dash'], ['bash', '--posix'], ['busybox', 'ash']]

for (const shell of shells) {
  const name = `a local host behind ${shell.join(' ')}`
  // The command line of the shell host is dropped: the shell under test itself reads the frames.
  if (runs(shell))
    hostContract(name, local({ shell: ['/bin/sh', '-c', `exec ${shell.join(' ')}`, 'sh'] }), {
      shell: true,
      owner: user.username,
      root: user.uid === 0,
    })
  else describe.skip(`${name}: it is not installed here`, () => it('is left out', () => {}))
}

// What a small system has: the same tools by another author, found before those of coreutils.
if (runs(['busybox', 'ash'])) {
  const applets = mkdtempSync(path.join(tmpdir(), 'vflag-applets-'))
  spawnSync('busybox', ['--install', '-s', applets])
  afterAll(() => rmSync(applets, { recursive: true, force: true }))
  const env = { PATH: `${applets}:/usr/bin:/bin` }
  hostContract(
    'a local host with the tools of busybox',
    local({ env, shell: ['busybox', 'ash', '-c', 'exec busybox ash', 'sh'] }),
    {
      shell: true,
      owner: user.username,
      root: user.uid === 0,
    },
  )
} else
  describe.skip('a local host with the tools of busybox: it is not installed here', () => it('is left out', () => {}))

describe('a local host', () => {
  it('whose shell ends by itself is unreachable, and says what the shell said', async () => {
    const host = new ShellHost(
      'here',
      new LocalLink({ shell: ['/bin/sh', '-c', 'echo "No login today." >&2; exit 1', 'sh'] }),
    )
    expect(await host.exchange(look([command('true')]))).toEqual({
      kind: 'unreachable',
      failure: {
        reason: 'protocol',
        message: 'here let us in but gave no shell: /bin/sh ended with status 1: No login today.',
        hint: expect.any(String),
      },
    })
  })

  it('whose shell dies in the middle of a frame is lost', async () => {
    const host = new ShellHost('here', new LocalLink())
    const step = { kind: 'shell', text: 'kill -9 $PPID; sleep 5' } as const
    expect(await host.exchange({ before: [], steps: [step], after: [] })).toMatchObject({
      kind: 'lost',
      failure: { reason: 'link' },
    })
    expect(await host.exchange(look([command('true')]))).toMatchObject({ kind: 'done' })
    await host.disconnect()
  })

  it('whose shell cannot be started is unreachable', async () => {
    const host = new ShellHost('here', new LocalLink({ shell: ['/no/such/shell'] }))
    expect(await host.exchange(look([]))).toMatchObject({ kind: 'unreachable' })
  })
})
