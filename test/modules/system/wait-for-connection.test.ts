import { expect, test } from 'vitest'
import { waitForConnection } from '../../../src/modules/system/wait-for-connection.ts'
import { planOn, withDefaults } from '../../support/tiny-host.ts'

test('wait_for_connection waits as long as it says and is content with an answer', () => {
  const args = withDefaults(waitForConnection, { timeout: 60, delay: 5 })
  expect(waitForConnection.awaitsLink?.(args)).toEqual({ within: 60, delay: 5, pause: 1 })
  expect(planOn(waitForConnection, {})).toEqual({ kind: 'unchanged', because: 'the host answers' })
})
