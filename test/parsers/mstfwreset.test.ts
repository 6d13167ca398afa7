import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseResetLevels } from '../../src/parsers/mstfwreset.ts'

const text = `Reset-levels:
0: Driver, PCI link, network link will remain up ("live-Patch")  -Not Supported 
3: Driver restart and PCI reset                                  -Supported     (default)
4: Warm Reboot                                                   -Supported     

Reset-types (relevant only for reset-levels 3,4):
0: Full chip reset                                               -Supported     (default)
1: Phy-less reset (keep network port active during reset)        -Not Supported 
`

test('the levels are read, and the types below them are not taken for levels', () => {
  expect(parseResetLevels(text)).toEqual([
    { level: 0, text: 'Driver, PCI link, network link will remain up ("live-Patch")', supported: false },
    { level: 3, text: 'Driver restart and PCI reset', supported: true },
    { level: 4, text: 'Warm Reboot', supported: true },
  ])
})

test('no text makes it fail', () => {
  fc.assert(fc.property(fc.string(), (any) => Array.isArray(parseResetLevels(any))))
})
