import { expect, test } from 'vitest'
import { link } from '../../../src/modules/card/link.ts'
import { hvFacts, hypervisor, planFor } from '../../support/readings.ts'

const host = hypervisor('el9', { vfs: 1, mode: 'switchdev', bond: {} })
const plan = (interfaces: readonly string[], state: string, facts = hvFacts('el9')) =>
  planFor(link, { interfaces, state }, host, facts)

test('only what is down is set up', () => {
  expect(plan(['ens2f0', 'ens2f0_0', 'ens2f1_0'], 'up')).toEqual({
    kind: 'change',
    deltas: [
      { what: 'state of ens2f0_0', before: 'down', after: 'up' },
      { what: 'state of ens2f1_0', before: 'down', after: 'up' },
    ],
    steps: [
      { kind: 'run', argv: ['ip', 'link', 'set', 'dev', 'ens2f0_0', 'up'] },
      { kind: 'run', argv: ['ip', 'link', 'set', 'dev', 'ens2f1_0', 'up'] },
    ],
  })
})

test.each([
  [['ens2f0'], 'up', 'ens2f0 is up'],
  [['0000:61:00.1'], 'up', 'ens2f1 is up'],
  [['ens2f0', 'ens2f1'], 'up', 'all 2 interfaces are up'],
  [[], 'up', 'no interfaces were named'],
])('%j %s is no change', (interfaces, state, because) => {
  expect(plan(interfaces, state)).toEqual({ kind: 'unchanged', because })
})

test('an interface that is not there is refused', () => {
  expect(plan(['ens2f0', 'ens9'], 'up')).toEqual({
    kind: 'blocked',
    because: 'ens9 is no interface of this host',
    hint: 'look at "ip -br link" on the host',
  })
})

test('the interface of the SSH session is never set down', () => {
  const facts = hvFacts('el9', { management: { interface: 'bond0', uses: ['bond0', 'ens2f0', 'ens2f1'] } })
  expect(plan(['ens2f0'], 'down', facts)).toEqual({
    kind: 'blocked',
    because: 'the SSH session runs over ens2f0; setting it down would cut this host off',
    hint: 'reach the host by another interface',
  })
})
