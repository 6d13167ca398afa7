import { expect, test } from 'vitest'
import { hwTcOffload } from '../../../src/modules/card/hw-tc-offload.ts'
import { type Answer, hvFacts, planFor } from '../../support/readings.ts'

const features = (line: string): string =>
  `Features for ens2f0:\nscatter-gather: on\n\ttx-scatter-gather: on [fixed]\n${line}\n`
const rules = 'filter protocol ip pref 4 flower chain 0 handle 0x1 \n  eth_type ipv4\n  in_hw in_hw_count 2\n'
const plan = (enabled: boolean, feature: Answer | null, filters = '') =>
  planFor(
    hwTcOffload,
    { interfaces: ['ens2f0'], enabled },
    { commands: { 'ethtool -k ens2f0': feature, 'tc filter show dev ens2f0 ingress': filters } },
    hvFacts('el9'),
  )

test.each([
  [true, 'hw-tc-offload: off', 'off', 'on'],
  [false, 'hw-tc-offload: on', 'on', 'off'],
])('enabled: %s with "%s" is changed', (enabled, line, before, after) => {
  expect(plan(enabled, features(line))).toEqual({
    kind: 'change',
    deltas: [{ what: 'hw-tc-offload of ens2f0', before, after }],
    steps: [{ kind: 'run', argv: ['ethtool', '-K', 'ens2f0', 'hw-tc-offload', after] }],
  })
})

test.each([
  [true, 'hw-tc-offload: on', 'hw-tc-offload of ens2f0 is on'],
  [false, 'hw-tc-offload: off [fixed]', 'hw-tc-offload of ens2f0 is off'],
])('enabled: %s with "%s" is no change', (enabled, line, because) => {
  expect(plan(enabled, features(line), rules)).toEqual({ kind: 'unchanged', because })
})

test.each([
  [true, features('hw-tc-offload: off [fixed]'), '', 'hw-tc-offload of ens2f0 is fixed, but must be on'],
  [
    false,
    features('hw-tc-offload: on'),
    rules,
    'ens2f0 has 1 offloaded rule; the driver keeps hw-tc-offload on while there are any',
  ],
  [
    true,
    { status: 92, stderr: 'netlink error: no device matches name (offset 24)\nnetlink error: No such device\n' },
    '',
    'ens2f0 has no hw-tc-offload feature (netlink error: No such device)',
  ],
  [true, null, '', 'ethtool is not installed'],
])('enabled: %s is refused, case %#', (enabled, feature, filters, because) => {
  expect(plan(enabled, feature, filters)).toMatchObject({ kind: 'blocked', because })
})
