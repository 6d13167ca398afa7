import { expect, test } from 'vitest'
import { debugModule } from '../../../src/modules/system/debug.ts'
import { Unknown } from '../../../src/shared/unknown.ts'
import { planOn } from '../../support/tiny-host.ts'

const vars: Readonly<Record<string, unknown>> = {
  r: { stdout: 'up', lines: ['a', { 'b c': 1 }] },
  n: 3,
  later: new Unknown('task "set firmware" was not performed'),
}
const variable = (name: string) => vars[name]

test.each([
  [{ msg: 'hello' }, 'hello'],
  [{ msg: [1, 'a'] }, '[\n  1,\n  "a"\n]'],
  [{ var: 'n' }, 'n: 3'],
  [{ var: 'r.stdout' }, 'r.stdout: up'],
  [{ var: 'r.lines[0]' }, 'r.lines[0]: a'],
  [{ var: "r.lines.[1]['b c']" }, "r.lines.[1]['b c']: 1"],
  [{ var: 'r.nothing.more' }, 'r.nothing.more: is not defined'],
  [{ var: 'later.x' }, 'later.x: not known in check mode: task "set firmware" was not performed'],
])('debug %j shows %j', (args, msg) => {
  expect(planOn(debugModule, args, {}, { variable })).toEqual({ kind: 'unchanged', because: 'shown', data: { msg } })
})

test('debug with a verbosity is quiet without -v', () => {
  expect(planOn(debugModule, { msg: 'x', verbosity: 2 })).toEqual({ kind: 'unchanged', because: 'shown with -vv only' })
})
