import { expect, test } from 'vitest'
import { ping } from '../../../src/modules/system/ping.ts'
import { planOn } from '../../support/tiny-host.ts'

test('ping answers pong', () => {
  expect(planOn(ping, {})).toEqual({ kind: 'unchanged', because: 'the host answers', data: { ping: 'pong' } })
})
