import fc from 'fast-check'
import { expect, test } from 'vitest'
import { vfMac } from '../../../src/modules/card/vf-mac.ts'
import { parseMacAddress } from '../../../src/shared/brand.ts'

const pf = fc
  .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 0xff }), fc.constantFrom(0, 1))
  .map(
    ([domain, bus, port]) => `${domain.toString(16).padStart(4, '0')}:${bus.toString(16).padStart(2, '0')}:00.${port}`,
  )
const vf = fc.tuple(fc.string({ minLength: 1 }), pf, fc.integer({ min: 0, max: 1023 }))

test('a derived MAC address is one, locally administered and of one station', () => {
  fc.assert(
    fc.property(vf, ([host, device, index]) => {
      const mac = vfMac(host, device, index)
      const first = Number.parseInt(mac.slice(0, 2), 16)
      return parseMacAddress(mac) === mac && (first & 0x03) === 0x02
    }),
  )
})

test('it is always the same for the same VF, and another for another', () => {
  expect(vfMac('hv1', '0000:61:00.0', 0)).toBe(vfMac('hv1', '0000:61:00.0', 0))
  fc.assert(
    fc.property(vf, vf, (one, other) =>
      JSON.stringify(one) === JSON.stringify(other)
        ? vfMac(...one) === vfMac(...other)
        : vfMac(...one) !== vfMac(...other),
    ),
  )
})

test('a fleet of a thousand hosts with sixteen VFs on each of two ports has no address twice', () => {
  const macs = new Set<string>()
  for (let host = 0; host < 1000; host++)
    for (const device of ['0000:61:00.0', '0000:61:00.1'])
      for (let index = 0; index < 16; index++) macs.add(vfMac(`hv${host}`, device, index))
  expect(macs.size).toBe(32_000)
})

test('words do not run into each other', () => {
  expect(vfMac('hv1', '0000:61:00.0', 11)).not.toBe(vfMac('hv', '10000:61:00.0', 11))
})
