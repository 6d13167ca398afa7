import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/module/plan.ts'
import { command } from '../../../src/modules/system/command.ts'
import { planOn, type TinyHost } from '../../support/tiny-host.ts'

const there: TinyHost = { files: { '/srv/done': { text: '' } } }
const ran = (cmd: string, step: object): Plan => ({
  kind: 'change',
  deltas: [{ what: cmd, before: null, after: 'run' }],
  steps: [{ kind: 'run', ...step } as never],
})
const left = (because: string): Plan => ({
  kind: 'unchanged',
  because,
  data: {
    cmd: 'init',
    rc: 0,
    stdout: `skipped, since ${because}`,
    stderr: '',
    stdout_lines: [`skipped, since ${because}`],
    stderr_lines: [],
  },
})

describe('command', () => {
  test.each<[string, object, TinyHost, Plan]>([
    ['splits text', { cmd: ' echo "a b" ' }, {}, ran('echo "a b"', { argv: ['echo', 'a b'] })],
    ['takes a list as it is', { argv: ['echo', 'a b'] }, {}, ran('echo a b', { argv: ['echo', 'a b'] })],
    [
      'passes directory and input on',
      { cmd: 'cat', chdir: '/srv', stdin: 'x\n' },
      {},
      ran('cat', { argv: ['cat'], cwd: '/srv', stdin: 'x\n' }),
    ],
    [
      'runs when what it creates is missing',
      { cmd: 'init', creates: '/srv/new' },
      there,
      ran('init', { argv: ['init'] }),
    ],
    [
      'does not run when what it creates is there',
      { cmd: 'init', creates: '/srv/done' },
      there,
      left('/srv/done exists'),
    ],
    ['looks below its directory', { cmd: 'init', chdir: '/srv', creates: 'done' }, there, left('done exists')],
    [
      'runs when what it removes is there',
      { cmd: 'init', removes: '/srv/done' },
      there,
      ran('init', { argv: ['init'] }),
    ],
    [
      'does not run when what it removes is gone',
      { cmd: 'init', removes: '/srv/old' },
      there,
      left('/srv/old does not exist'),
    ],
    [
      'refuses an open quote',
      { cmd: "echo 'a" },
      {},
      {
        kind: 'blocked',
        because: "the command cannot be split into words: the quote ' that opens at character 6 is never closed",
        hint: 'give the words as a list in argv',
      },
    ],
    [
      'refuses nothing',
      { cmd: '  ' },
      {},
      { kind: 'blocked', because: 'the command is empty, but must name a program' },
    ],
  ])('%s', (_, args, host, plan) => {
    expect(planOn(command, args, host)).toEqual(plan)
  })

  test('registers output and status, also of a command that failed', () => {
    const result = {
      state: 'failed',
      reason: 'exit status 3',
      status: 3,
      stdout: 'a\n\nb\n\n',
      stderr: 'no\r\n',
    } as const
    expect(command.conclude?.({ cmd: 'x y' }, [result], null)).toEqual({
      cmd: 'x y',
      rc: 3,
      stdout: 'a\n\nb',
      stderr: 'no',
      stdout_lines: ['a', '', 'b'],
      stderr_lines: ['no'],
    })
  })
})
