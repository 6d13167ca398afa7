import { expect, test } from 'vitest'
import { assert } from '../../../src/modules/system/assert.ts'
import { planOn } from '../../support/tiny-host.ts'

const broken = { test: () => ({ holds: false, condition: 'n > 1', values: 'n = 1' }) as const }
const data = (msg: string) => ({ msg, assertion: 'n > 1', evaluated_to: false })

test.each([
  [{}, 'the assertion does not hold: "n > 1" is false: n = 1', data('Assertion failed')],
  [{ fail_msg: 'too few' }, 'too few ("n > 1" is false: n = 1)', data('too few')],
  [{ msg: 'too few', quiet: true }, 'too few', data('too few')],
])('assert %j fails with what it saw', (args, because, registered) => {
  expect(planOn(assert, { that: 'n > 1', ...args }, {}, broken)).toEqual({ kind: 'failed', because, data: registered })
})

test.each([
  [{}, 'all assertions hold'],
  [{ success_msg: 'enough' }, 'enough'],
])('assert %j is unchanged when all hold', (args, because) => {
  expect(planOn(assert, { that: 'n > 1', ...args })).toEqual({ kind: 'unchanged', because, data: { msg: because } })
})
