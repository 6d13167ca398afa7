import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyRules, type UdevNode } from '../../../src/machine/udev/apply-rules.ts'
import { fitsPattern, parseRules } from '../../../src/machine/udev/parse-rules.ts'

const node = (kernel: string, subsystem: string, driver: string, attributes: Record<string, string>): UdevNode => ({
  kernel,
  subsystem,
  driver,
  attribute: (name) => attributes[name] ?? null,
})

const representor = node('eth3', 'net', '', { phys_switch_id: 'f4ab580003a1420c', phys_port_name: 'pf0vf1' })
const uplink = node('eth0', 'net', '', { phys_switch_id: 'f4ab580003a1420c', phys_port_name: 'p0' })
const pci = node('0000:61:00.0', 'pci', 'mlx5_core', { device: '0x101d' })

const verdict = (text: string, device = representor) => applyRules(parseRules(text), [device, pci])

describe('udev rules', () => {
  test('a port keeps its name by the address of its function and its port name', () => {
    const rule =
      'SUBSYSTEM=="net", ACTION=="add", DRIVERS=="?*", KERNELS=="0000:61:00.0", ATTR{phys_port_name}=="p0", NAME="ens2f0"\n'
    expect([verdict(rule, uplink).name, verdict(rule, representor).name]).toEqual(['ens2f0', null])
  })

  test('a representor gets its name from switch id and port name, and is kept from NetworkManager', () => {
    const rules = `# representors
SUBSYSTEM=="net", ACTION=="add", ATTR{phys_switch_id}=="f4ab580003a1420c", \\
  ATTR{phys_port_name}=="pf0vf1", NAME="ens2f0_1"
SUBSYSTEM=="net", ATTR{phys_port_name}=="pf*vf*", ENV{NM_UNMANAGED}="1"
`
    expect(verdict(rules)).toEqual({ name: 'ens2f0_1', properties: { NM_UNMANAGED: '1' }, run: [] })
    expect(verdict(rules, uplink)).toEqual({ name: null, properties: {}, run: [] })
  })

  test.each<[string, string, string | null]>([
    ['the last NAME counts', 'KERNEL=="eth*", NAME="a"\nKERNEL=="eth3", NAME="b"', 'b'],
    ['a final one stays', 'KERNEL=="eth*", NAME:="a"\nKERNEL=="eth3", NAME="b"', 'a'],
    ['attributes and names are put in', 'KERNEL=="eth*", NAME="r$attr{phys_port_name}_%n"', 'rpf0vf1_3'],
    ['parents have to match together', 'KERNELS=="0000:61:00.0", ATTRS{device}=="0x101d", NAME="a"', 'a'],
    ['not half on one and half on another', 'KERNELS=="eth3", DRIVERS=="mlx5_core", NAME="a"', null],
    ['an attribute that is absent fits nothing', 'ATTR{nope}!="x", NAME="a"', null],
    ['properties of earlier rules can be asked', 'KERNEL=="eth3", ENV{A}="1"\nENV{A}=="1", NAME="a"', 'a'],
    ['a rule that runs a script does not hold', 'KERNEL=="eth3", IMPORT{program}="/x", NAME="a"', null],
    ['a rule that udev cannot read is left out', 'KERNEL="eth3, NAME="a"', null],
    ['alternatives', 'KERNEL=="ens*|eth[0-9]", NAME="a"', 'a'],
    ['a set that is none', 'KERNEL=="eth[z-a]", NAME="a"', null],
  ])('%s', (_claim, rules, name) => {
    expect(verdict(rules).name).toBe(name)
  })

  test('RUN is kept for later', () => {
    const rules = 'KERNEL=="eth3", RUN+="/usr/sbin/ethtool -K $name hw-tc-offload on"'
    expect(verdict(rules).run).toEqual(['/usr/sbin/ethtool -K eth3 hw-tc-offload on'])
  })

  test('no text makes the reader fail, and every word fits itself', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(parseRules(text))))
    fc.assert(fc.property(fc.stringMatching(/^[a-z0-9:._-]+$/), (word) => fitsPattern(word, word)))
    fc.assert(
      fc.property(fc.string(), fc.string(), (pattern, value) => typeof fitsPattern(pattern, value) === 'boolean'),
    )
  })
})
