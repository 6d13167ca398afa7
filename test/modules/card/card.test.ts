import { describe, expect, test } from 'vitest'
import type { PfFact } from '../../../src/module/facts.ts'
import { beforePath, beforeText } from '../../../src/modules/card/before.ts'
import { card } from '../../../src/modules/card/card.ts'
import { type Answer, guid, hvFacts, pfFact, planFor, type Shown } from '../../support/readings.ts'

const plan = (pfs: readonly PfFact[], args: object = {}, host: Shown = {}) =>
  planFor(card, args, host, hvFacts('el9', { pfs }))

const dx = { device: '101d', card: 'ConnectX-6 Dx' }
const first = [pfFact(0, dx), pfFact(1, dx)]
const other = (over: Partial<PfFact> = {}) => [
  pfFact(0, { ...dx, pci: '0001:c1:00.0', netdev: 'enP1p193s0f0np0', ...over }),
  pfFact(1, { ...dx, pci: '0001:c1:00.1', netdev: 'enP1p193s0f1np1', ...over }),
]
const old = { device: '1015', card: 'ConnectX-4 Lx', vf_lag: false }
const found = (pfs: readonly string[], pci: readonly string[], model = 'ConnectX-6 Dx') => ({
  kind: 'unchanged',
  because: `${model}: ${pfs[0]} (${pci[0]}) and ${pfs[1]} (${pci[1]})`,
  data: { found: true, pfs, pci, model },
})
const here = found(['ens2f0', 'ens2f1'], ['0000:61:00.0', '0000:61:00.1'])
const there = found(['enP1p193s0f0np0', 'enP1p193s0f1np1'], ['0001:c1:00.0', '0001:c1:00.1'])

describe('auto', () => {
  test('is the only card of a host, its ports in order', () => {
    expect(plan([...first].reverse())).toEqual(here)
  })

  test('is the only card that can carry VF-LAG', () => {
    expect(plan([...other(old), ...first])).toEqual(here)
  })

  test('is refused with the candidates where a host has two', () => {
    expect(plan([...first, ...other()])).toEqual({
      kind: 'blocked',
      because:
        'this host has 2 cards that can carry VF-LAG, but it must be clear which is meant: ConnectX-6 Dx: ens2f0 (0000:61:00.0) and ens2f1 (0000:61:00.1); ConnectX-6 Dx: enP1p193s0f0np0 (0001:c1:00.0) and enP1p193s0f1np1 (0001:c1:00.1)',
      hint: 'set vflag_card for this host in the inventory, to a port of the card by interface or PCI address',
    })
  })

  test.each([
    ['no card', [], 'this host has no ConnectX port'],
    [
      'a card with one port',
      [pfFact(0)],
      'the card has one port, but VF-LAG joins the two ports of one card: ConnectX-5 Ex: ens2f0 (0000:61:00.0)',
    ],
    ['a ConnectX-4 Lx', other(old), 'enP1p193s0f0np0 is a ConnectX-4 Lx (15b3:1015), which cannot do VF-LAG'],
  ])('is refused with %s', (_what, pfs, because) => {
    expect(plan(pfs)).toMatchObject({ kind: 'blocked', because })
  })
})

describe('ports of one card are told', () => {
  const apart = (over: readonly [Partial<PfFact>, Partial<PfFact>]) => [
    pfFact(0, { ...dx, pci: '0101:00:00.0', ...over[0] }),
    pfFact(1, { ...dx, pci: '0102:00:00.1', ...over[1] }),
  ]
  const pair = found(['ens2f0', 'ens2f1'], ['0101:00:00.0', '0102:00:00.1'])

  test.each([
    ['by switch id', [{ switch_id: guid }, { switch_id: guid }]],
    ['by system image GUID', [{ system_image: guid }, { system_image: guid }]],
    ['by serial number', [{ serial: 'MT1' }, { serial: 'MT1' }]],
    [
      'by the serial number where only one has the better evidence',
      [{ switch_id: guid, serial: 'MT1' }, { serial: 'MT1' }],
    ],
  ] as const)('%s, wherever they are on the PCI bus', (_by, over) => {
    expect(plan(apart(over))).toEqual(pair)
  })

  test.each([
    ['switch id', { switch_id: 'aa', serial: 'MT1' }, { switch_id: 'bb', serial: 'MT1' }],
    ['system image GUID', { system_image: 'aa' }, { system_image: 'bb' }],
    ['serial number', { serial: 'MT1' }, { serial: 'MT2' }],
  ])('and a different %s tells two cards in one slot', (_by, a, b) => {
    expect(plan([pfFact(0, a), pfFact(1, b)])).toMatchObject({
      kind: 'blocked',
      because: expect.stringContaining('the card has one port'),
    })
  })
})

describe('a card that is named', () => {
  test.each(['enP1p193s0f1np1', '0001:c1:00.0', '0001:C1:00.1'])('is that of the port %s', (name) => {
    expect(plan([...first, ...other()], { card: name })).toEqual(there)
  })

  test.each([
    [{ card: 'ens2f2' }, 'ens2f2 is no ConnectX port of this host, but must be one of ens2f0 or ens2f1'],
    [
      { card: '61:00.9' },
      '61:00.9 is no PCI address (domain:bus:slot.function, slot 00 to 1f, function 0 to 7), but must be one of ens2f0 or ens2f1',
    ],
    [{ pfs: ['ens2f0', 'ens9'] }, 'ens9 is no ConnectX port of this host, but must be one of ens2f0 or ens2f1'],
    [{ pfs: ['ens2f0', '61:00.0'] }, 'pfs names one port, but must name the two ports of a card'],
  ])('%j is refused', (args, because) => {
    expect(plan(first, args)).toMatchObject({ kind: 'blocked', because })
  })

  test('two ports of different cards are refused with what there is', () => {
    expect(plan([...first, ...other()], { pfs: ['ens2f0', 'enP1p193s0f1np1'] })).toEqual({
      kind: 'blocked',
      because:
        'ens2f0 (0000:61:00.0) and enP1p193s0f1np1 (0001:c1:00.1) are on different cards, and VF-LAG joins the two ports of one',
      hint: 'set vflag_pfs to the two ports of one card; this host has ConnectX-6 Dx: ens2f0 (0000:61:00.0) and ens2f1 (0000:61:00.1); ConnectX-6 Dx: enP1p193s0f0np0 (0001:c1:00.0) and enP1p193s0f1np1 (0001:c1:00.1)',
    })
  })

  test('two ports are taken as they are named', () => {
    expect(plan([...first, ...other()], { pfs: ['ens2f1', 'ens2f0'] })).toEqual(here)
  })
})

describe('a BlueField', () => {
  const blue = first.map((pf) => ({ ...pf, device: 'a2d6', card: 'BlueField-2' }))
  const asked = (settings: Answer | null, shown: Answer): Shown => ({
    commands: Object.fromEntries(
      blue.flatMap(({ pci }) => [
        [`mstconfig -d ${pci} q INTERNAL_CPU_MODEL INTERNAL_CPU_OFFLOAD_ENGINE`, settings],
        [`devlink dev eswitch show pci/${pci}`, shown],
      ]),
    ),
  })
  const settings = (model: string, engine: string) =>
    `Configurations:     Next Boot\n     INTERNAL_CPU_MODEL      ${model}\n     INTERNAL_CPU_OFFLOAD_ENGINE      ${engine}\n`
  const hidden = { status: 1, stderr: 'kernel answers: Operation not supported\n' }
  const legacy = 'pci/0000:61:00.0: mode legacy inline-mode none encap-mode basic\n'

  test.each([
    [
      'in DPU mode by its firmware',
      asked(settings('EMBEDDED_CPU(1)', 'ENABLED(0)'), hidden),
      'its firmware runs it in DPU mode (INTERNAL_CPU_MODEL)',
    ],
    ['that hides its e-switch', asked(null, hidden), 'it does not show its e-switch to the host, as in DPU mode'],
  ])('%s is refused', (_what, host, evidence) => {
    expect(plan(blue, {}, host)).toMatchObject({
      kind: 'blocked',
      because: `ens2f0 is a BlueField-2 whose e-switch belongs to its own Arm cores: ${evidence}`,
    })
  })

  test.each([
    ['in NIC mode', asked(settings('EMBEDDED_CPU(1)', 'DISABLED(1)'), hidden)],
    ['that shows its e-switch', asked(null, legacy)],
  ])('%s is taken', (_what, host) => {
    expect(plan(blue, {}, host)).toMatchObject({ kind: 'unchanged', data: { model: 'BlueField-2' } })
  })
})

describe('for a teardown', () => {
  const port = { vfs: 0, autoprobe: true, mode: 'legacy', steering: null, hw_tc_offload: false }
  const noted = (...pfs: readonly PfFact[]): Shown => ({
    files: {
      [beforePath]: beforeText({
        pfs: Object.fromEntries(pfs.map((pf) => [pf.pci, { ...port, name: pf.netdev }])),
        firmware_tool: true,
      }),
    },
  })

  test('the ports are those that the roll-out noted, whatever else was put in since', () => {
    expect(plan([...first, ...other()], { missing: 'allow' }, noted(...other()))).toEqual(there)
  })

  test('a card that is gone is no failure, and its ports keep their names', () => {
    expect(plan([], { missing: 'allow' }, noted(...first))).toEqual({
      kind: 'unchanged',
      because: 'the card that the roll-out used is not in this host any more',
      data: { found: false, pfs: ['ens2f0', 'ens2f1'], pci: ['0000:61:00.0', '0000:61:00.1'], model: null },
    })
  })

  test('a host that was never touched may have any cards', () => {
    expect(plan([...first, ...other()], { missing: 'allow' })).toMatchObject({
      kind: 'unchanged',
      data: { found: false, pfs: [] },
    })
  })
})
