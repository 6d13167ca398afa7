import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addressesOf,
  bondOptions,
  ethtoolCalls,
  isBond,
  isOnBoot,
  masterOf,
  parseIfcfg,
} from '../../../src/machine/network/ifcfg.ts'

describe('parseIfcfg', () => {
  it("reads the guide's bond file, in which the last of two equal keys counts", () => {
    const ifcfg = parseIfcfg(
      'bond0',
      'DEVICE=bond0\nONBOOT=yes\nHOTPLUG=no\nNM_CONTROLLED=no # not ours\n# a comment\nBOOTPROTO=none\nBONDING_OPTS="mode=4 miimon=100 lacp_rate=1"\nBOOTPROTO=static\nnonsense\n',
    )
    expect(ifcfg.values).toEqual({
      DEVICE: 'bond0',
      ONBOOT: 'yes',
      HOTPLUG: 'no',
      NM_CONTROLLED: 'no',
      BOOTPROTO: 'static',
      BONDING_OPTS: 'mode=4 miimon=100 lacp_rate=1',
    })
    expect([isBond(ifcfg), isOnBoot(ifcfg), masterOf(ifcfg)]).toEqual([true, true, null])
    expect(bondOptions(ifcfg)).toEqual([
      ['mode', '4'],
      ['miimon', '100'],
      ['lacp_rate', '1'],
    ])
  })

  it('reads members, addresses and calls of ethtool', () => {
    const ifcfg = parseIfcfg(
      'ens2f0',
      'MASTER=\'bond0\'\nSLAVE=yes\nONBOOT=no\nIPADDR=192.0.2.5\nNETMASK=255.255.254.0\nIPADDR1=198.51.100.5\nPREFIX1=25\nETHTOOL_OPTS="-K ens2f0 hw-tc-offload on; speed 100000"\n',
    )
    expect([isBond(ifcfg), isOnBoot(ifcfg), masterOf(ifcfg)]).toEqual([false, false, 'bond0'])
    expect(addressesOf(ifcfg)).toEqual(['192.0.2.5/23', '198.51.100.5/25'])
    expect(ethtoolCalls(ifcfg)).toEqual([
      ['-K', 'ens2f0', 'hw-tc-offload', 'on'],
      ['-s', 'ens2f0', 'speed', '100000'],
    ])
  })

  it('never throws, and its values are texts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) =>
        Object.values(parseIfcfg('x', text).values).every((value) => typeof value === 'string'),
      ),
    )
    fc.assert(
      fc.property(
        fc.stringMatching(/^[A-Z]{1,8}$/),
        fc.string({ unit: 'grapheme-ascii' }).map((text) => text.replaceAll(/["\\$`]/g, '')),
        (key, value) => {
          expect(parseIfcfg('x', `${key}="${value}"\n`).values).toEqual({ [key]: value })
        },
      ),
    )
  })
})
