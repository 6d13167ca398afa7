import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDevlinkSerials } from '../../src/parsers/devlink.ts'

test('the serial number of the board is taken, else that of the device, else none', () => {
  const text = JSON.stringify({
    info: {
      'pci/0000:61:00.0': { driver: 'mlx5_core', serial_number: 'X', 'board.serial_number': 'MT2042X01234' },
      'pci/0000:61:00.1': { driver: 'mlx5_core', serial_number: 'MT2042X01234' },
      'pci/0000:62:00.0': { driver: 'mlx5_core', versions: {} },
    },
  })
  expect([...parseDevlinkSerials(text)]).toEqual([
    ['pci/0000:61:00.0', 'MT2042X01234'],
    ['pci/0000:61:00.1', 'MT2042X01234'],
  ])
})

test('no text makes it fail', () => {
  fc.assert(fc.property(fc.string(), (any) => parseDevlinkSerials(any) instanceof Map))
  fc.assert(fc.property(fc.json(), (any) => parseDevlinkSerials(any) instanceof Map))
})
