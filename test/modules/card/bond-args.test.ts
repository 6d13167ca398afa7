import { expect, test } from 'vitest'
import { fullSchema } from '../../../src/module/args.ts'
import { bondFiles } from '../../../src/modules/card/bond-files.ts'
import { checkSchema } from '../../../src/shared/schema.ts'

const problems = (args: object): readonly string[] =>
  checkSchema(fullSchema(bondFiles.args), { bond: 'bond0', ports: ['ens2f0', 'ens2f1'], ...args }).map(
    (each) => each.message,
  )

test.each([
  [
    'mode 6',
    { mode: 6 },
    /"mode" is whole number \(6\)|"mode" is .*6.*, but must be one of "802\.3ad", "balance-xor", "active-backup"/,
  ],
  ['a name of 16 characters', { bond: 'bond0bond0bond01' }, /"bond" is "bond0bond0bond01", but must match/],
  [
    'a hash policy that there is not',
    { options: { xmit_hash_policy: 'layer4' } },
    /but must be one of "layer2", "layer3\+4"/,
  ],
  [
    'an option that there is not',
    { options: { lacp_speed: 'fast' } },
    /"options\.lacp_speed" is not known, but must be one of "miimon"/,
  ],
  ['a negative time', { options: { miimon: -1 } }, /must be at least 0/],
  [
    'a kind of files that there is not',
    { backend: 'ifupdown' },
    /but must be one of "auto", "ifcfg", "keyfile", "netplan"/,
  ],
])('%s is refused with the values that are allowed', (_what, args, message) => {
  expect(problems(args)).toEqual([expect.stringMatching(message)])
})

test('words and numbers of the kernel, and the numbers of the modes, are taken', () => {
  expect(problems({ mode: 2, options: { xmit_hash_policy: 3, lacp_rate: 'slow', use_carrier: true } })).toEqual([])
})
