import { expect, test } from 'vitest'
import { pause } from '../../../src/modules/system/pause.ts'
import { planOn } from '../../support/tiny-host.ts'

test.each([
  [{ seconds: 30 }, { elapsed: 0 }, { kind: 'wait', because: 'waiting 30 s', again: 30, upTo: 90 }],
  [{ minutes: 1, prompt: 'switch' }, { elapsed: 20 }, { kind: 'wait', because: 'switch', again: 40, upTo: 120 }],
  [{ seconds: 30 }, { elapsed: 30 }, { kind: 'unchanged', because: 'waited 30 s', data: { delta: 30 } }],
  [
    { seconds: 30 },
    { elapsed: 0, check: true },
    { kind: 'unchanged', because: 'check mode does not wait', data: { delta: 30 } },
  ],
])('pause %j at %j', (args, context, plan) => {
  expect(planOn(pause, args, {}, context)).toEqual(plan)
})
