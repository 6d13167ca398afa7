import { expect, test } from 'vitest'
import { failModule } from '../../../src/modules/system/fail.ts'
import { planOn } from '../../support/tiny-host.ts'

test('fail fails with its message', () => {
  expect(planOn(failModule, { msg: 'no' })).toEqual({ kind: 'failed', because: 'no', data: { msg: 'no' } })
})
