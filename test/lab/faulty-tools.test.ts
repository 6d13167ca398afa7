import { expect, test } from 'vitest'
import { parseFaults } from '../../src/lab/faults.ts'
import { faultyTools } from '../../src/lab/faulty-tools.ts'
import type { Tool } from '../../src/machine/machine.ts'
import type { Value } from '../../src/shared/value.ts'

const fine: Tool = () => ({ status: 0, stdout: 'fine', stderr: '' })

async function call(faults: Value, lines: readonly string[]) {
  const cuts: string[] = []
  const problems: never[] = []
  const tools = faultyTools(
    { devlink: fine, systemctl: fine, nmcli: fine, ifup: fine },
    parseFaults(faults, problems),
    () => cuts.push('cut'),
  )
  const said: string[] = []
  for (const line of lines) {
    const [name = '', ...args] = line.split(' ')
    // A fault looks at the command line alone.
    const result = await tools[name]?.({ args } as unknown as Parameters<Tool>[0])
    said.push(`${result?.status} ${result?.stdout}${result?.stderr}`)
  }
  return [said, cuts.length]
}

test.each<[string, Value, string[], string[], number]>([
  ['no faults', null, ['devlink dev show'], ['0 fine'], 0],
  [
    'a command that fails always',
    { command: '^devlink .*set', status: 5, stderr: 'no' },
    ['devlink dev show', 'devlink dev set', 'devlink dev set'],
    ['0 fine', '5 no\n', '5 no\n'],
    0,
  ],
  [
    'commands that fail some times, one after the other',
    [
      { command: 'show', times: 1, stderr: 'a' },
      { command: 'dev', times: 2, stderr: 'b' },
    ],
    ['devlink dev show', 'devlink dev show', 'devlink dev show', 'devlink dev show'],
    ['1 a\n', '1 b\n', '1 b\n', '0 fine'],
    0,
  ],
  [
    'a link that is cut when the network restarts',
    { cut_on: 'network_restart' },
    [
      'systemctl restart network',
      'systemctl restart NetworkManager.service',
      'nmcli connection up bond0',
      'ifup bond0',
      'systemctl restart openvswitch',
      'nmcli connection show',
    ],
    ['0 fine', '0 fine', '0 fine', '0 fine', '0 fine', '0 fine'],
    4,
  ],
])('%s', async (_what, faults, lines, said, cuts) => {
  expect(await call(faults, lines)).toEqual([said, cuts])
})
