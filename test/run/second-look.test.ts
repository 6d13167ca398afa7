import { describe, expect, test } from 'vitest'
import { defineModule, type Module } from '../../src/module/module.ts'
import { change, delta, type Plan, unchanged, wait } from '../../src/module/plan.ts'
import { attrs } from '../../src/module/read.ts'
import { run } from '../../src/module/step.ts'
import { runEngine } from '../support/engine.ts'
import { FileHost } from '../support/file-host.ts'

const playbook =
  '- name: play\n  hosts: all\n  gather_facts: false\n  tasks:\n    - name: rename\n      rename: {to: ens2f0}\n'

/** Makes a port, which comes back as eth0 and then has to get its name. */
const rename = (
  over: Partial<Pick<Parameters<typeof defineModule<{ to: string }, string>>[0], 'follows' | 'explain'>>,
) =>
  new Map<string, Module>([
    [
      'rename',
      defineModule<{ readonly to: string }, string>({
        name: 'rename',
        summary: 'Name a port',
        args: { properties: { to: { description: 'Its name', type: 'string' } }, required: ['to'] },
        examples: [],
        settles: { within: () => 5 },
        reads: () => [attrs('/sys/name')],
        state: (_args, seen) => seen.value('/sys/name') ?? 'none',
        plan: (args, state): Plan => {
          if (state === args.to) return unchanged('it is named so')
          if (state === 'none') return change([delta('port', null, 'made')], [run(['make'])])
          if (state === 'eth') return wait('it is named', { again: 1, upTo: 5 })
          return change([delta('name', state, args.to)], [run(['name', args.to])])
        },
        ...over,
      }),
    ],
  ])

function host(name: (argv: readonly string[], files: FileHost['files']) => object): FileHost {
  const made: FileHost = new FileHost(
    'h1',
    {},
    {
      make: () => {
        made.files.set('/sys/name', 'eth0')
        return {}
      },
      name: (argv: readonly string[]) => name(argv, made.files),
    },
  )
  return made
}

const named = (argv: readonly string[], files: FileHost['files']) => {
  files.set('/sys/name', String(argv[1]))
  return {}
}

describe('what the second look finds', () => {
  test('is done too by a module that follows up, and all of it is told', async () => {
    const output = await runEngine({ playbook, hosts: [host(named)], modules: rename({ follows: true }) })
    expect(output.done('rename')).toMatchObject({
      outcome: 'changed',
      deltas: [
        { what: 'port', before: null, after: 'made' },
        { what: 'name', before: 'eth0', after: 'ens2f0' },
      ],
    })
  })

  test('is a failure for any other module', async () => {
    const output = await runEngine({ playbook, hosts: [host(named)], modules: rename({}) })
    expect(output.done('rename').error?.message).toBe(
      'every step was performed, but a second look still finds something to do within 5 s: name is eth0, not ens2f0',
    )
  })

  test('is never done twice', async () => {
    let calls = 0
    const stubborn = () => {
      calls++
      return {}
    }
    const output = await runEngine({ playbook, hosts: [host(stubborn)], modules: rename({ follows: true }) })
    expect([calls, output.done('rename').outcome]).toEqual([1, 'failed'])
  })

  test('fails with what the module knows of the error', async () => {
    const busy = () => ({ status: 2, stderr: 'RTNETLINK answers: Device or resource busy\n' })
    const explain = () => ({ because: 'the port is up', hint: 'set it down first' })
    const output = await runEngine({ playbook, hosts: [host(busy)], modules: rename({ follows: true, explain }) })
    expect(output.done('rename').error).toMatchObject({
      message: 'the command failed: exit status 2: the port is up',
      hint: 'set it down first',
      command: 'name ens2f0',
    })
  })
})
