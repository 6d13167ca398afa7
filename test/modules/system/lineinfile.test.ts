import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Plan } from '../../../src/module/plan.ts'
import { lineinfile } from '../../../src/modules/system/lineinfile.ts'
import { planOn, type TinyHost } from '../../support/tiny-host.ts'

const holding = (text: string): TinyHost => ({ files: { '/etc': { type: 'directory' }, '/etc/c': { text } } })

describe('lineinfile', () => {
  test.each<[string, object, TinyHost, Plan]>([
    [
      'replaces a line',
      { regexp: '^x=', line: 'x=2', backup: true },
      holding('x=1\n'),
      {
        kind: 'change',
        deltas: [{ what: '/etc/c', before: 'x=1\n', after: 'x=2\n', text: true }],
        steps: [{ kind: 'write', path: '/etc/c', content: 'x=2\n', backup: '/etc/c.75d155771c67~' }],
        data: { dest: '/etc/c', checksum: expect.any(String), size: 4, backup_file: '/etc/c.75d155771c67~' },
      },
    ],
    [
      'leaves a line',
      { regexp: '^x=', line: 'x=1' },
      holding('x=1\n'),
      {
        kind: 'unchanged',
        because: 'the line is in /etc/c already',
        data: { dest: '/etc/c', checksum: expect.any(String), size: 4 },
      },
    ],
    [
      'removes lines',
      { regexp: '^x', state: 'absent' },
      holding('x=1\ny\n'),
      {
        kind: 'change',
        deltas: [{ what: '/etc/c', before: 'x=1\ny\n', after: 'y\n', text: true }],
        steps: [{ kind: 'write', path: '/etc/c', content: 'y\n' }],
        data: { dest: '/etc/c', checksum: expect.any(String), size: 2, found: 1, msg: '1 line removed' },
      },
    ],
    [
      'has nothing to remove',
      { line: 'x', state: 'absent' },
      holding('y\n'),
      {
        kind: 'unchanged',
        because: 'no such line is in /etc/c',
        data: { dest: '/etc/c', checksum: expect.any(String), size: 2, found: 0 },
      },
    ],
    [
      'has nothing to remove from a missing file',
      { line: 'x', state: 'absent' },
      {},
      { kind: 'unchanged', because: '/etc/c is not there' },
    ],
    [
      'refuses a missing file',
      { line: 'x' },
      {},
      { kind: 'blocked', because: '/etc/c is not there', hint: 'set create: true to make it' },
    ],
    [
      'refuses a pattern that eats one line more at every run',
      { regexp: '^x', line: 'y=1' },
      holding('x=1\nx=2\n'),
      {
        kind: 'blocked',
        because: 'regexp "^x" matches other lines but not "y=1", so every run would replace one more of them',
        hint: 'widen regexp so that it matches the line too',
      },
    ],
    [
      'refuses groups that grow at every run',
      { regexp: '^(x.*)', line: '\\1 a', backrefs: true },
      holding('x=1\n'),
      {
        kind: 'blocked',
        because: 'regexp "^(x.*)" matches what "\\1 a" makes of a line, so every run would change it again',
        hint: 'anchor regexp so that it matches only what is to be replaced',
      },
    ],
    ['needs a line', {}, holding(''), { kind: 'blocked', because: 'line is missing, but present needs one' }],
    [
      'refuses two anchors',
      { line: 'a', insertafter: 'b', insertbefore: 'c' },
      holding(''),
      {
        kind: 'blocked',
        because: 'insertafter and insertbefore are both given, but only one can hold',
      },
    ],
  ])('%s', (_, args, host, plan) => {
    expect(planOn(lineinfile, { path: '/etc/c', ...args }, host)).toEqual(plan)
  })

  test('makes a missing file when asked', () => {
    expect(planOn(lineinfile, { path: '/etc/c', line: 'x', create: true, mode: '0600' }, {})).toMatchObject({
      kind: 'change',
      steps: [
        { kind: 'mkdir', path: '/etc' },
        { kind: 'write', path: '/etc/c', content: 'x\n', mode: '0600' },
      ],
    })
  })

  test('a file that was edited is unchanged at the next run, whatever the edit', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '='), minLength: 1, maxLength: 3 })
    const args = fc.record(
      { line: word, regexp: word, insertafter: word, backrefs: fc.boolean(), firstmatch: fc.boolean() },
      { requiredKeys: ['line'] },
    )
    fc.assert(
      fc.property(fc.array(word), args, (lines, given) => {
        const task = { path: '/etc/c', ...given }
        const plan = planOn(lineinfile, task, holding(lines.join('\n')))
        if (plan.kind !== 'change') return
        const step = plan.steps[0]
        const content = step?.kind === 'write' ? String(step.content) : ''
        expect(planOn(lineinfile, task, holding(content)).kind).toBe('unchanged')
      }),
    )
  })
})
