import { expect, test } from 'vitest'
import { profiles, sh, testMachine } from '../machine-for-tests.ts'

test('rules are kept in order, listed, deleted and flushed', async () => {
  const machine = testMachine(profiles.el9)
  for (const line of [
    'iptables -A INPUT -p tcp --dport 22 -j ACCEPT',
    'iptables -A INPUT -j DROP',
    'iptables -I INPUT 2 -i lo -j ACCEPT',
    'iptables -N guests',
    'iptables -A guests -j RETURN',
    'iptables -P FORWARD DROP',
  ])
    expect([line, await sh(machine, line)]).toEqual([line, ''])
  expect(await sh(machine, 'iptables -S')).toBe(
    '-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-N guests\n-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n-A INPUT -j DROP\n-A guests -j RETURN\n',
  )
  expect(await sh(machine, 'iptables -L INPUT -n')).toBe(
    'Chain INPUT (policy ACCEPT)\ntarget     prot opt source               destination         \nACCEPT     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22\nACCEPT     all  --  0.0.0.0/0            0.0.0.0/0           \nDROP       all  --  0.0.0.0/0            0.0.0.0/0           \n',
  )
  expect(await sh(machine, 'iptables -D INPUT -j DROP')).toBe('')
  expect(await sh(machine, 'iptables -D INPUT -j DROP')).toBe(
    'iptables: Bad rule (does a matching rule exist in that chain?).\n[rc=1]\n',
  )
  expect(await sh(machine, 'iptables -F')).toBe('')
  expect(await sh(machine, 'iptables -S')).toBe('-P INPUT ACCEPT\n-P FORWARD DROP\n-P OUTPUT ACCEPT\n-N guests\n')
})

test('what is saved is restored as it was, and a restart forgets it', async () => {
  const machine = testMachine(profiles['rhel7.7'])
  await sh(machine, 'iptables -A FORWARD -i virbr0 -j REJECT')
  await sh(machine, 'iptables -P INPUT DROP')
  const { stdout } = await machine.exec(['iptables-save', '-t', 'filter'])
  expect(stdout.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    '*filter',
    ':INPUT DROP [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    '-A FORWARD -i virbr0 -j REJECT',
    'COMMIT',
    '',
  ])
  const before = structuredClone(machine.state.packetFilter)
  await sh(machine, 'iptables -F')
  expect((await machine.exec(['iptables-restore'], { stdin: stdout })).status).toBe(0)
  expect(machine.state.packetFilter).toEqual(before)
  await machine.reboot()
  expect(machine.state.packetFilter).toBeUndefined()
})

test('a text that is none is refused whole', async () => {
  const machine = testMachine(profiles.el9)
  const wrong = await machine.exec(['iptables-restore'], { stdin: '*filter\n-A NOCHAIN -j DROP\nCOMMIT\n' })
  expect([wrong.status, wrong.stderr, machine.state.packetFilter]).toEqual([
    2,
    'iptables-restore: line 2 failed\n',
    undefined,
  ])
})
