import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Exchange, ExchangeOptions, Host } from '../../src/host/host.ts'
import { type Frame, type FrameResult, look } from '../../src/module/frame.ts'
import { attrs, command, file, links, list, type Read, stat } from '../../src/module/read.ts'
import type { FileReading, StatReading } from '../../src/module/reading.ts'
import {
  attr,
  detach,
  link,
  mkdir,
  mode,
  move,
  remove,
  run,
  type Step,
  type StepResult,
  write,
} from '../../src/module/step.ts'

/** A host under test and a folder on it that is empty and writable. */
export interface HostUnderTest {
  readonly host: Host
  /** Absolute, without a final slash. */
  readonly root: string
  close(): Promise<void>
}

/** What a host can do beyond reads and steps. */
export interface HostContractOptions {
  /** It has a real shell and the usual programs: shell steps, timeouts, background processes, large outputs. */
  readonly shell?: boolean
  /** How to become the user the work is done as. */
  readonly become?: ExchangeOptions['become']
  /** Who owns what is made; root when not given. */
  readonly owner?: string
  /** Permissions do not stop this user. */
  readonly root?: boolean
}

const text = (content: string): Uint8Array => new Uint8Array(Buffer.from(content))

/** What every Host has to do, whatever stands behind it: one suite for the machine, the lab and real shells. */
export function hostContract(
  name: string,
  makeHost: () => Promise<HostUnderTest>,
  options: HostContractOptions = {},
): void {
  const { shell = false, owner = 'root', root: privileged = true } = options
  describe(name, () => {
    let tested: HostUnderTest
    let folders = 0

    beforeAll(async () => {
      tested = await makeHost()
    })
    afterAll(async () => {
      await tested?.close()
    })

    const exchange = (frame: Frame, more: ExchangeOptions = {}): Promise<Exchange> =>
      tested.host.exchange(frame, { ...(options.become && { become: options.become }), ...more })

    const perform = async (frame: Frame): Promise<FrameResult> => {
      const answer = await exchange(frame)
      if (answer.kind !== 'done') throw new Error(`${answer.kind}: ${answer.failure.message}`)
      return answer.result
    }
    const looked = async (...reads: readonly Read[]) => (await perform(look(reads))).before
    const did = async (...steps: readonly Step[]) => (await perform({ before: [], steps, after: [] })).steps
    const contents = async (path: string): Promise<string | null> => {
      const [reading] = await looked(file(path))
      return reading?.kind === 'file' && reading.state === 'present'
        ? Buffer.from(reading.bytes).toString('utf8')
        : null
    }
    /** A folder of its own for each test. */
    const folder = async (): Promise<string> => {
      folders++
      const path = `${tested.root}/${folders}`
      expect(await did(mkdir(path, { mode: '0755' }))).toEqual([done()])
      return path
    }

    describe('reads', () => {
      it('nothing, and answers', async () => {
        expect(await perform(look([]))).toEqual({ before: [], steps: [], after: [] })
      })

      it.each([
        ['text with a final newline', 'one\ntwo\n'],
        ['text without a final newline', 'one\ntwo'],
        ['nothing', ''],
        ['only newlines', '\n\n\n'],
        ['quotes and dollars', `it's "$HOME" \`id\` \\ $(id)\n`],
        ['Unicode', 'ā é 漢字 😀\n'],
        [
          'every control character',
          `${Array.from({ length: 31 }, (_, at) => String.fromCharCode(at + 1)).join('')}\x7f`,
        ],
      ])('a file that holds %s, exactly', async (_what, content) => {
        const path = `${await folder()}/file`
        expect(await did(write(path, content))).toEqual([done()])
        const expected: FileReading = {
          kind: 'file',
          path,
          state: 'present',
          type: 'file',
          bytes: text(content),
          mode: '0644',
          owner,
          group: expect.any(String),
        }
        expect(await looked(file(path))).toEqual([expected])
      })

      it('a file of all byte values, exactly', async () => {
        const path = `${await folder()}/binary`
        const bytes = new Uint8Array(1024).map((_, at) => at % 256)
        expect(await did(write(path, bytes))).toEqual([done()])
        expect(await looked(file(path))).toMatchObject([{ state: 'present', bytes }])
      })

      it('an absent file as absent, below a missing folder too', async () => {
        const path = await folder()
        expect(await looked(file(`${path}/no`), file(`${path}/no/such/file`), stat(`${path}/no`))).toEqual([
          { kind: 'file', path: `${path}/no`, state: 'absent' },
          { kind: 'file', path: `${path}/no/such/file`, state: 'absent' },
          { kind: 'stat', path: `${path}/no`, state: 'absent' },
        ])
      })

      it('a folder as a folder, without bytes', async () => {
        const path = await folder()
        expect(await looked(file(path))).toMatchObject([
          { state: 'present', type: 'directory', bytes: new Uint8Array(), mode: '0755', owner },
        ])
      })

      it('a link to a file as that file, and a link to nothing as absent', async () => {
        const path = await folder()
        await did(write(`${path}/file`, 'x'), link(`${path}/good`, 'file'), link(`${path}/bad`, 'nowhere'))
        expect(await looked(file(`${path}/good`), file(`${path}/bad`))).toMatchObject([
          { state: 'present', type: 'file', bytes: text('x') },
          { state: 'absent' },
        ])
      })

      it.skipIf(privileged)('a file that may not be read as an error with the system’s words', async () => {
        const path = `${await folder()}/secret`
        await did(write(path, 'x', { mode: '0000' }))
        expect(await looked(file(path), attrs(path))).toEqual([
          { kind: 'file', path, state: 'error', reason: 'Permission denied' },
          { kind: 'attrs', values: new Map([[path, { ok: false, reason: 'Permission denied' }]]) },
        ])
      })

      it.each([
        "it's",
        'two words',
        'new\nline',
        'ā漢😀',
        '-dash',
        '$HOME',
        '`id`',
        'a"b',
        'back\\slash',
        '#hash',
        '~',
      ])('a file named %j', async (word) => {
        const path = await folder()
        await did(write(`${path}/${word}`, 'here'))
        expect(await looked(file(`${path}/${word}`), list(`${path}/*`), attrs(`${path}/*`))).toMatchObject([
          { state: 'present', bytes: text('here') },
          { paths: [`${path}/${word}`] },
          { values: new Map([[`${path}/${word}`, { ok: true, value: 'here' }]]) },
        ])
      })

      it('attributes by glob: sorted, without their final newline, and no absent ones', async () => {
        const path = await folder()
        await did(
          write(`${path}/b`, '2\n'),
          write(`${path}/a1`, 'one\n'),
          write(`${path}/a2`, 'two\nlines\n'),
          write(`${path}/a3`, 'no newline'),
          write(`${path}/a4`, ''),
          write(`${path}/a5`, ' spaces \\ kept \n'),
          mkdir(`${path}/a6`),
        )
        const [reading] = await looked(attrs(`${path}/b`, `${path}/a?`, `${path}/none*`, `${path}/none`))
        expect(reading?.kind === 'attrs' ? [...reading.values] : []).toEqual([
          [`${path}/b`, { ok: true, value: '2' }],
          [`${path}/a1`, { ok: true, value: 'one' }],
          [`${path}/a2`, { ok: true, value: 'two\nlines' }],
          [`${path}/a3`, { ok: true, value: 'no newline' }],
          [`${path}/a4`, { ok: true, value: '' }],
          [`${path}/a5`, { ok: true, value: ' spaces \\ kept ' }],
          [`${path}/a6`, { ok: false, reason: 'Is a directory' }],
        ])
      })

      it('links by glob with their targets as written, and nothing that is no link', async () => {
        const path = await folder()
        await did(
          write(`${path}/file`, ''),
          link(`${path}/l1`, 'file'),
          link(`${path}/l2`, '../no where\nat all'),
          link(`${path}/l3`, '/'),
        )
        const [reading] = await looked(links(`${path}/*`, `${path}/none`))
        expect(reading?.kind === 'links' ? [...reading.targets] : []).toEqual([
          [`${path}/l1`, 'file'],
          [`${path}/l2`, '../no where\nat all'],
          [`${path}/l3`, '/'],
        ])
      })

      it('names by glob: a glob does not cross a slash and finds no hidden names', async () => {
        const path = await folder()
        await did(
          mkdir(`${path}/d1/e`),
          mkdir(`${path}/d2/e`),
          write(`${path}/d1/f0`, ''),
          write(`${path}/d2/f1`, ''),
          write(`${path}/.hidden`, ''),
          link(`${path}/dangling`, 'nowhere'),
        )
        expect(await looked(list(`${path}/*`), list(`${path}/d*/f[0-9]`), list(`${path}/x*`))).toEqual([
          { kind: 'list', paths: [`${path}/d1`, `${path}/d2`, `${path}/dangling`] },
          { kind: 'list', paths: [`${path}/d1/f0`, `${path}/d2/f1`] },
          { kind: 'list', paths: [] },
        ])
      })

      it('what stat(2) says, with the SHA-1 when asked for', async () => {
        const path = `${await folder()}/file`
        await did(write(path, 'hello\n', { mode: '0640' }), link(`${path}.link`, 'file'))
        const expected: StatReading = {
          kind: 'stat',
          path,
          state: 'present',
          type: 'file',
          mode: '0640',
          owner,
          group: expect.any(String),
          uid: expect.any(Number),
          gid: expect.any(Number),
          size: 6,
          mtime: expect.any(Number),
          inode: expect.any(Number),
          links: 1,
          target: null,
          checksum: 'f572d396fae9206628714fb2ce00f72e94f2258f',
        }
        const followed = { ...expected, path: `${path}.link` }
        expect(
          await looked(
            stat(path, { checksum: true }),
            stat(path),
            stat(`${path}.link`),
            stat(`${path}.link`, { follow: true, checksum: true }),
          ),
        ).toEqual([
          expected,
          { ...expected, checksum: null },
          expect.objectContaining({ state: 'present', type: 'link', target: 'file', checksum: null }),
          followed,
        ])
      })

      it('commands: exit status and output, and 127 for a program that is not there', async () => {
        expect(await looked(command('true'), command('false'), command('no-such-program', 'x'))).toEqual([
          { kind: 'command', argv: ['true'], status: 0, stdout: '', stderr: '' },
          { kind: 'command', argv: ['false'], status: 1, stdout: '', stderr: '' },
          {
            kind: 'command',
            argv: ['no-such-program', 'x'],
            status: 127,
            stdout: '',
            stderr: expect.stringContaining('not found'),
          },
        ])
      })

      it('the errors of commands apart from their output', async () => {
        const path = `${await folder()}/file`
        await did(write(path, 'content'))
        const [reading] = await looked(command('cat', path, `${path}.no`))
        expect(reading).toEqual({
          kind: 'command',
          argv: ['cat', path, `${path}.no`],
          status: 1,
          stdout: 'content',
          // coreutils and busybox say it differently around these words.
          stderr: expect.stringMatching(/^cat: .*file\.no'?: No such file or directory\n$/),
        })
      })

      it('commands with empty stdin', async () => {
        expect(await looked(command('cat'))).toMatchObject([{ status: 0, stdout: '' }])
      })

      it('in the order in which they were asked', async () => {
        const path = await folder()
        const reads = [command('true'), file(`${path}/no`), list(`${path}/*`), command('false'), stat(path)]
        expect((await looked(...reads)).map(({ kind }) => kind)).toEqual(['command', 'file', 'list', 'command', 'stat'])
      })
    })

    describe('steps', () => {
      it('a file is replaced and keeps its mode unless told otherwise', async () => {
        const path = `${await folder()}/file`
        expect(await did(write(path, 'one', { mode: '0600' }), write(path, 'two'))).toEqual([done(), done()])
        expect(await looked(file(path))).toMatchObject([{ bytes: text('two'), mode: '0600' }])
        expect(await did(write(path, 'three', { mode: '0755' }))).toEqual([done()])
        expect(await looked(file(path))).toMatchObject([{ bytes: text('three'), mode: '0755' }])
      })

      it('a write leaves nothing but the file behind', async () => {
        const path = await folder()
        await did(write(`${path}/file`, 'x'))
        expect(await looked(command('ls', '-A', path))).toMatchObject([{ status: 0, stdout: 'file\n' }])
      })

      it('a write through a link to a file changes that file and leaves the link', async () => {
        const path = await folder()
        await did(write(`${path}/file`, 'old'), link(`${path}/link`, 'file'), write(`${path}/link`, 'new'))
        expect(await contents(`${path}/file`)).toBe('new')
        expect(await looked(links(`${path}/*`))).toEqual([
          { kind: 'links', targets: new Map([[`${path}/link`, 'file']]) },
        ])
      })

      it('what a write replaces is kept once, with its mode, in folders made for it', async () => {
        const path = await folder()
        const backup = `${path}/made/for/it`
        await did(write(`${path}/new`, 'x', { backup }))
        expect(await contents(backup)).toBe(null)
        await did(write(`${path}/file`, 'first', { mode: '0600' }))
        await did(write(`${path}/file`, 'second', { backup }), write(`${path}/file`, 'third', { backup }))
        expect(await looked(file(backup), file(`${path}/file`))).toMatchObject([
          { bytes: text('first'), mode: '0600' },
          { bytes: text('third') },
        ])
      })

      it('a write that cannot be done says why', async () => {
        const path = await folder()
        expect(await did(write(`${path}/no/such/file`, 'x'))).toEqual([failed('No such file or directory')])
        expect(await did(write(path, 'x'))).toEqual([failed('Is a directory')])
      })

      it('an attribute gets its value and a newline', async () => {
        const path = `${await folder()}/attr`
        await did(write(path, 'a much longer value\n'))
        expect(await did(attr(path, '8'))).toEqual([done()])
        expect(await contents(path)).toBe('8\n')
      })

      it('an attribute that is not there is not made', async () => {
        const path = `${await folder()}/attr`
        expect(await did(attr(path, '8'))).toEqual([failed('No such file or directory')])
        expect(await looked(file(path))).toMatchObject([{ state: 'absent' }])
      })

      it('files, links and empty folders are removed; what is absent is fine', async () => {
        const path = await folder()
        await did(write(`${path}/file`, ''), link(`${path}/link`, path), mkdir(`${path}/dir`))
        expect(await did(...['file', 'link', 'dir', 'absent'].map((each) => remove(`${path}/${each}`)))).toEqual([
          done(),
          done(),
          done(),
          done(),
        ])
        expect(await looked(list(`${path}/*`), list(path))).toMatchObject([{ paths: [] }, { paths: [path] }])
      })

      it('a folder that holds something is removed only with all it holds', async () => {
        const path = await folder()
        await did(mkdir(`${path}/dir/below`), write(`${path}/dir/below/file`, ''))
        expect(await did(remove(`${path}/dir`))).toEqual([failed('Directory not empty')])
        expect(await did(remove(`${path}/dir`, { recursive: true }))).toEqual([done()])
        expect(await looked(list(`${path}/*`))).toMatchObject([{ paths: [] }])
      })

      it('a folder is made with those above it, and again without a word', async () => {
        const path = `${await folder()}/a/b/c`
        expect(await did(mkdir(path, { mode: '0700' }), mkdir(path))).toEqual([done(), done()])
        expect(await looked(stat(path))).toMatchObject([{ type: 'directory', mode: '0700' }])
      })

      it('a folder is not made where a file is', async () => {
        const path = `${await folder()}/file`
        await did(write(path, ''))
        expect(await did(mkdir(path))).toEqual([failed('File exists')])
      })

      it('a link is made, and replaces a link or a file', async () => {
        const path = await folder()
        await did(write(`${path}/file`, ''), mkdir(`${path}/dir`), link(`${path}/link`, 'dir'))
        expect(await did(link(`${path}/link`, 'new'), link(`${path}/file`, 'a b'))).toEqual([done(), done()])
        expect(await looked(links(`${path}/*`))).toEqual([
          {
            kind: 'links',
            targets: new Map([
              [`${path}/file`, 'a b'],
              [`${path}/link`, 'new'],
            ]),
          },
        ])
      })

      it('the mode of what is there is set, and of nothing else', async () => {
        const path = await folder()
        await did(write(`${path}/file`, ''))
        expect(await did(mode(`${path}/file`, { mode: '0711' }))).toEqual([done()])
        expect(await looked(stat(`${path}/file`))).toMatchObject([{ mode: '0711' }])
        expect(await did(mode(`${path}/no`, { mode: '0711' }))).toEqual([failed('No such file or directory')])
      })

      it('a file is moved over another', async () => {
        const path = await folder()
        await did(write(`${path}/from`, 'from', { mode: '0600' }), write(`${path}/to`, 'to'))
        expect(await did(move(`${path}/from`, `${path}/to`))).toEqual([done()])
        expect(await looked(list(`${path}/*`), file(`${path}/to`))).toMatchObject([
          { paths: [`${path}/to`] },
          { bytes: text('from'), mode: '0600' },
        ])
        expect(await did(move(`${path}/from`, `${path}/to`))).toEqual([failed('No such file or directory')])
      })

      it('a program runs: its status decides, and which ones are fine can be said', async () => {
        expect(await did(run(['true']))).toEqual([done()])
        expect(await did(run(['false']))).toEqual([failed('exit status 1', 1)])
        expect(await did(run(['false'], { ok: [0, 1] }))).toEqual([done({ status: 1 })])
        expect(await did(run(['true'], { ok: [1] }))).toEqual([failed('exit status 0', 0)])
      })

      it('a program that is not there fails with status 127', async () => {
        expect(await did(run(['no-such-program']))).toMatchObject([
          { state: 'failed', status: 127, reason: expect.stringContaining('no-such-program: not found') },
        ])
      })

      it('a program that fails gives its last line of stderr as the reason', async () => {
        const path = `${await folder()}/no`
        expect(await did(run(['cat', path]))).toMatchObject([
          { state: 'failed', status: 1, reason: expect.stringMatching(/^cat: .*\/no'?: No such file or directory$/) },
        ])
      })

      it('a program gets its stdin', async () => {
        const stdin = `it's "two"\nlines\\n without an end`
        expect(await did(run(['cat'], { stdin }), run(['cat']))).toEqual([done({ stdout: stdin }), done()])
      })

      it('a program started detached is done when it is started', async () => {
        expect(await did(detach(['true']))).toEqual([done()])
        expect(await did(detach(['no-such-program']))).toMatchObject([{ state: 'failed', status: 127 }])
      })

      it('the first that fails is the last that is run, and the looks after it are made', async () => {
        const path = await folder()
        const result = await perform({
          before: [list(`${path}/*`)],
          steps: [write(`${path}/a`, ''), run(['false']), write(`${path}/b`, ''), run(['true'])],
          after: [list(`${path}/*`)],
        })
        expect(result).toEqual({
          before: [{ kind: 'list', paths: [] }],
          steps: [done(), failed('exit status 1', 1), { state: 'not run' }, { state: 'not run' }],
          after: [{ kind: 'list', paths: [`${path}/a`] }],
        })
      })

      it('frames sent at once are performed one after the other', async () => {
        const path = `${await folder()}/file`
        const answers = await Promise.all(
          ['1', '2', '3'].map((each) => perform({ before: [file(path)], steps: [write(path, each)], after: [] })),
        )
        expect(
          answers.map(({ before: [reading] }) =>
            reading?.kind === 'file' && reading.state === 'present' ? Buffer.from(reading.bytes).toString() : null,
          ),
        ).toEqual([null, '1', '2'])
      })

      it('a file of a megabyte arrives whole', async () => {
        const path = `${await folder()}/large`
        const content = 'sixteen bytes..\n'.repeat(65_536)
        expect(await did(write(path, content))).toEqual([done()])
        expect(await contents(path)).toBe(content)
      })

      it('a host that was disconnected is connected to again', async () => {
        await tested.host.disconnect()
        expect(await looked(command('true'))).toMatchObject([{ status: 0 }])
      })

      it('a NUL in an argument is refused before anything is sent', async () => {
        expect(await exchange({ before: [], steps: [run(['a\0b'])], after: [] })).toMatchObject({ kind: 'unreachable' })
      })
    })

    describe.runIf(shell)('with a real shell', () => {
      const sh = (script: string, more: object = {}): Step => ({ kind: 'shell', text: script, ...more })

      it('runs what the user wrote, by the shell they named', async () => {
        expect(await did(sh('echo a; echo b >&2; exit 3', { ok: [3] }))).toEqual([
          done({ status: 3, stdout: 'a\n', stderr: 'b\n' }),
        ])
        expect(await did(sh('echo "$0"', { shell: '/bin/sh' }))).toEqual([done({ stdout: '/bin/sh\n' })])
      })

      it('gives environment, folder and stdin to programs', async () => {
        const env = { FOO: `it's "x"\n$HOME`, EMPTY: '' }
        expect(
          await did(sh('printf "%s|%s|" "$FOO" "${EMPTY-unset}"; pwd; cat', { env, cwd: '/usr', stdin: 'in' })),
        ).toEqual([done({ stdout: `it's "x"\n$HOME||/usr\nin` })])
      })

      it('does not let one step change the next', async () => {
        expect(await did(sh('cd /; FOO=1; export FOO; exit 0', { env: { BAR: '1' } }), sh('echo "$FOO$BAR"'))).toEqual([
          done(),
          done({ stdout: '\n' }),
        ])
      })

      it('runs nothing in a folder that is not there', async () => {
        const path = await folder()
        expect(await did(run(['touch', `${path}/ran`], { cwd: `${path}/no` }))).toEqual([
          failed('No such file or directory', 1, { stderr: expect.any(String) }),
        ])
        expect(await looked(list(`${path}/*`))).toMatchObject([{ paths: [] }])
      })

      it('runs programs and never the shell’s own words', async () => {
        expect(await did(run(['echo', 'a\\nb', '-n']))).toEqual([done({ stdout: 'a\\nb -n\n' })])
        expect(await did(run(['_end']))).toMatchObject([{ state: 'failed', status: 127 }])
      })

      it('ends a program that takes too long', async () => {
        const [result] = await did(run(['sleep', '20'], { timeout: 0.3 }))
        expect(result).toMatchObject({ state: 'failed', reason: 'timed out after 0.3 s' })
      })

      it('leaves a program alone that ends in time', async () => {
        expect(await did(sh('echo in time; exit 0', { timeout: 20, stdin: 'x' }))).toEqual([
          done({ stdout: 'in time\n' }),
        ])
      })

      it('does not wait for what a step leaves running, nor reads what that prints', async () => {
        const [result] = await did(sh('(sleep 0.1; echo late; echo late >&2) & echo now'))
        expect(result).toEqual(done({ stdout: 'now\n' }))
        expect(await did(sh('sleep 0.25; echo next'))).toEqual([done({ stdout: 'next\n' })])
      })

      it('runs a detached program to its end', async () => {
        const path = `${await folder()}/made`
        expect(await did(detach(['sh', '-c', `sleep 0.2; echo x > '${path}'`]))).toEqual([done()])
        await expect.poll(() => contents(path), { timeout: 5000 }).toBe('x\n')
      })

      it('is not misled by output that looks like its own', async () => {
        const marks = '0123456789abcdef0123456789abcdef.0\n}\n_end\n'
        expect(await looked(command('printf', '%s', marks))).toMatchObject([{ stdout: marks }])
      })

      it('keeps stdout and stderr apart when they alternate', async () => {
        const script = 'i=0; while [ $i -lt 200 ]; do echo o$i; echo e$i >&2; i=$((i+1)); done'
        const numbers = Array.from({ length: 200 }, (_, at) => at)
        const expected = {
          stdout: numbers.map((n) => `o${n}\n`).join(''),
          stderr: numbers.map((n) => `e${n}\n`).join(''),
        }
        expect(await did(sh(script))).toEqual([done(expected)])
        expect(await looked(command('sh', '-c', script))).toMatchObject([expected])
      })

      it('cuts output after 8 MiB and says so', async () => {
        const [read] = await looked(command('head', '-c', '9000000', '/dev/zero'))
        const [step] = await did(run(['head', '-c', '9000000', '/dev/zero']))
        for (const each of [read, step]) {
          if (!each || !('stdout' in each)) throw new Error('no output')
          expect([each.stdout.length, each.stderr]).toEqual([
            8_388_608,
            '[vflag-play: stdout was cut after 8388608 bytes]\n',
          ])
        }
      })

      it('refuses a file larger than 8 MiB', async () => {
        const path = `${await folder()}/large`
        await did(run(['truncate', '-s', '9000000', path]))
        expect(await looked(file(path))).toEqual([
          { kind: 'file', path, state: 'error', reason: '9000000 bytes large, but must be at most 8388608' },
        ])
      })

      it('keeps the errno text of a write that the kernel refuses', async () => {
        const [full, proc] = ['/dev/full', '/proc/sys/kernel/ostype']
        expect(await did(attr(full, '1'))).toEqual([
          failed('No space left on device', 1, { stderr: expect.stringContaining('No space left on device') }),
        ])
        expect(await did(attr(proc, '1'))).toMatchObject([{ state: 'failed', reason: expect.stringMatching(/^[A-Z]/) }])
      })

      it('reads /proc/sys whole, which a shell reads by single bytes', async () => {
        expect(await looked(attrs('/proc/sys/kernel/ostype', '/proc/sys/kernel/pid_max'))).toMatchObject([
          {
            values: new Map([
              ['/proc/sys/kernel/ostype', { ok: true, value: 'Linux' }],
              ['/proc/sys/kernel/pid_max', { ok: true, value: expect.stringMatching(/^\d{4,}$/) }],
            ]),
          },
        ])
      })

      it('finds programs of administrators', async () => {
        const [reading] = await looked(command('printenv', 'PATH', 'LC_ALL'))
        expect(reading).toMatchObject({ status: 0, stdout: expect.stringMatching(/:\/usr\/sbin:.*\nC\n$/) })
      })

      it('gives up on a frame past its time, and goes on with the next', async () => {
        expect(await exchange(look([command('sleep', '5')]), { timeoutMs: 200 })).toMatchObject({
          kind: 'lost',
          failure: { reason: 'timeout' },
        })
        expect(await looked(command('true'))).toMatchObject([{ status: 0 }])
      })

      it('reads 200 attributes quickly', async () => {
        const path = await folder()
        await did(sh(`i=100; while [ $i -lt 300 ]; do echo $i > '${path}'/a$i; i=$((i+1)); done`))
        const begun = performance.now()
        const [reading] = await looked(attrs(`${path}/*`))
        expect(reading?.kind === 'attrs' ? [...reading.values.values()].every((value) => value.ok) : false).toBe(true)
        // Milliseconds; a process for each would take a second.
        expect(performance.now() - begun).toBeLessThan(500)
      })
    })
  })
}

const done = (more: { status?: number; stdout?: string; stderr?: string } = {}): StepResult => ({
  state: 'done',
  status: 0,
  stdout: '',
  stderr: '',
  ...more,
})

/** A failure; what else it printed is not compared. */
const failed = (reason: string, status?: number, more: { stderr?: string } = {}): unknown => ({
  state: 'failed',
  reason,
  status: status ?? expect.any(Number),
  stdout: '',
  stderr: more.stderr ?? expect.any(String),
})
