import { describe, expect, test } from 'vitest'
import { firewall, savedRules } from '../../../src/modules/card/firewall.ts'
import { hvFacts, hypervisor, planFor, type Shown, shown } from '../../support/readings.ts'

const save = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i eno1 -j ACCEPT\nCOMMIT\n'
const rules = (input: string, ...lines: readonly string[]): Shown => ({
  commands: {
    'iptables -w -S': `-P INPUT ${input}\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n${lines.map((line) => `${line}\n`).join('')}`,
    'iptables-save -t filter': save,
  },
})
const some = rules('ACCEPT', '-A INPUT -i eno1 -j ACCEPT', '-A FORWARD -j REJECT', '-A FORWARD -i virbr0 -j ACCEPT')
const plan = (args: object, host: Shown) => planFor(firewall, args, shown(hypervisor('el9'), host), hvFacts('el9'))
const saved = (text: string): Shown => ({ files: { [savedRules]: text } })

describe('firewall', () => {
  test('only looks when nothing is asked for', () => {
    expect(plan({}, some)).toEqual({
      kind: 'unchanged',
      because: 'INPUT has 1 rule and FORWARD has 2 rules; the card forwards past them',
      data: {
        findings: [
          {
            check: 'FORWARD',
            state: 'ok',
            evidence: '2 rules, policy DROP: what the card or Open vSwitch forwards does not pass them',
          },
        ],
        rules: { INPUT: 1, FORWARD: 2 },
        policies: { INPUT: 'ACCEPT', FORWARD: 'DROP', OUTPUT: 'ACCEPT' },
      },
    })
    expect(plan({}, {})).toMatchObject({ because: 'there is no iptables; the card forwards past them' })
  })

  test('warns of flows that use connection tracking', () => {
    const flows =
      ' cookie=0x0, table=0, priority=10,ip actions=ct(table=1)\n cookie=0x0, table=0, priority=0 actions=NORMAL\n'
    const asked = (text: string) =>
      plan({ bridge: 'ovs-sriov' }, shown(some, { commands: { 'ovs-ofctl dump-flows ovs-sriov': text } }))
    expect(asked(flows)).toMatchObject({
      kind: 'unchanged',
      data: { rows: [{ check: 'connection tracking', state: 'warn', evidence: '1 flow of the bridge uses it (ct)' }] },
    })
    expect(asked(' priority=0 actions=NORMAL\n')).not.toHaveProperty('data.rows')
  })

  test('keeps the rules before it flushes them', () => {
    expect(plan({ flush: true }, some)).toMatchObject({
      kind: 'change',
      deltas: [
        { what: 'rules in the filter table', before: 'INPUT has 1 rule and FORWARD has 2 rules', after: 'none' },
      ],
      steps: [
        { kind: 'mkdir', path: '/var/lib/vflag-play', mode: '0755' },
        { kind: 'write', path: savedRules, content: save, mode: '0600' },
        { kind: 'run', argv: ['iptables', '-w', '-F'] },
      ],
    })
  })

  test('never writes over the rules that were kept first', () => {
    expect(plan({ flush: true }, shown(some, saved('*filter\nCOMMIT\n')))).toMatchObject({
      steps: [{ kind: 'run', argv: ['iptables', '-w', '-F'] }],
    })
  })

  test('has nothing to flush without rules', () => {
    expect(plan({ flush: true }, rules('ACCEPT'))).toMatchObject({
      kind: 'unchanged',
      because: 'the filter table has no rules',
    })
  })

  test('is refused where a flush would close the host', () => {
    expect(plan({ flush: true }, rules('DROP', '-A INPUT -p tcp --dport 22 -j ACCEPT'))).toEqual({
      kind: 'blocked',
      because: 'the policy of INPUT is DROP, and without the rules nothing would come through, this session neither',
      hint: 'leave vflag_flush_firewall at false: VF-LAG does not need it',
    })
  })

  test('puts the kept rules back, and only those', () => {
    expect(plan({ flush: 'before' }, saved(save))).toEqual({
      kind: 'change',
      deltas: [{ what: 'rules in the filter table', before: 'flushed', after: 'as before' }],
      steps: [
        { kind: 'run', argv: ['iptables-restore'], stdin: save },
        { kind: 'remove', path: savedRules, recursive: false },
      ],
    })
    expect(plan({ flush: 'before' }, some)).toEqual({ kind: 'unchanged', because: 'no rules were taken out' })
  })
})
